import * as tf from '@tensorflow/tfjs-core';

/** Mean and spread of many values, batch after batch. */
export interface Spread {
  /** @param moments of {@link momentsOf} */
  add(moments: ArrayLike<number>): void;
  /** The standard deviation. */
  deviation(): number;
  /** The root of the mean square. */
  size(): number;
}

/** How many values there are, their mean, and the sum of their squared deviations from it: `[3]`, which is small enough to be read. */
export const momentsOf = (values: tf.Tensor): tf.Tensor1D => {
  const flat = tf.reshape(values, [-1]);
  const mean = tf.mean(flat);
  // Of deviations, so that a large mean does not swallow a small spread in float32.
  return tf.stack([tf.scalar(values.size), mean, tf.sum(tf.square(tf.sub(flat, mean)))]) as tf.Tensor1D;
};

export function spread(): Spread {
  let [count, mean, squares] = [0, 0, 0];
  return {
    add(moments) {
      const [n = 0, own = 0, ownSquares = 0] = Array.from(moments);
      // Chan et al. 1979: two sets' moments make those of both.
      const apart = own - mean;
      squares += ownSquares + (apart * apart * count * n) / (count + n);
      mean += (apart * n) / (count + n);
      count += n;
    },
    deviation: () => Math.sqrt(squares / count),
    size: () => Math.sqrt(squares / count + mean * mean),
  };
}
