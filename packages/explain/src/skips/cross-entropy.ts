import * as tf from '@tensorflow/tfjs-core';

/**
 * Cross-entropy of logits `[N,classes]`, its mean or its sum over the images, with its gradient.
 *
 * @param labels class indices `[N]`
 */
export function crossEntropy(logits: tf.Tensor2D, labels: ArrayLike<number>, over: 'mean' | 'sum' = 'mean'): tf.Scalar {
  const [n, classes] = logits.shape;
  const scale = over === 'mean' ? 1 / n : 1;
  const hot = new Float32Array(n * classes);
  for (let i = 0; i < n; i++) hot[i * classes + (labels[i] as number)] = 1;
  const run = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    const right = tf.tensor2d(hot, [n, classes]);
    const logProbabilities = tf.sub(x, tf.logSumExp(x, 1, true));
    save([tf.sub(tf.exp(logProbabilities), right)]);
    return {
      value: tf.mul(tf.sum(tf.mul(logProbabilities, right)), -scale),
      gradFunc: (dy: tf.Tensor, [difference]: tf.Tensor[]) => tf.mul(tf.mul(difference as tf.Tensor, scale), dy),
    };
  });
  return run(logits) as tf.Scalar;
}
