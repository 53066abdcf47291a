import * as tf from '@tensorflow/tfjs-core';

/**
 * (x − mean) / √(variance + epsilon) along some axes, variance biased, with the gradient through both.
 *
 * @returns as x
 */
export const standardize = (x: tf.Tensor, axes: readonly number[], epsilon: number): tf.Tensor =>
  (
    tf.customGrad((input, save) => {
      const along = [...axes];
      const mean = (t: tf.Tensor) => tf.mean(t, along, true);
      const rough = tf.sub(input as tf.Tensor, mean(input as tf.Tensor));
      // The mean of many float32 values is off by some roundings; that of what is left of them is not.
      const centered = tf.sub(rough, mean(rough));
      const inverse = tf.rsqrt(tf.add(mean(tf.square(centered)), epsilon));
      const value = tf.mul(centered, inverse);
      (save as tf.GradSaveFunc)([value, inverse]);
      return {
        value,
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
          const [y, inverse] = saved as [tf.Tensor, tf.Tensor];
          return tf.mul(inverse, tf.sub(tf.sub(dy, mean(dy)), tf.mul(y, mean(tf.mul(dy, y)))));
        },
      };
    }) as (x: tf.Tensor) => tf.Tensor
  )(x);
