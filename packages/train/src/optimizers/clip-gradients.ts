import { asFloats } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Scales gradients so that all of them together are no longer than `maxNorm`, as torch's `clip_grad_norm_`.
 *
 * @param grads by dotted name; stay the caller's.
 * @param norm of all of them, as {@link gradientNorm} gives it; stays the caller's.
 * @returns new tensors by the same names, the caller's.
 */
export function clipByNorm(grads: ReadonlyMap<string, tf.Tensor>, maxNorm: number, norm: tf.Scalar): Map<string, tf.Tensor> {
  const values = tf.tidy(() => {
    const scale = tf.minimum(1, tf.div(maxNorm, tf.add(norm, 1e-6))); // torch's epsilon
    return [...grads.values()].map((gradient) => tf.mul(asFloats('clipByNorm', gradient), scale));
  });
  return new Map([...grads.keys()].map((name, i) => [name, values[i] as tf.Tensor]));
}

/** The Euclidean norm of all gradients together, a scalar; the caller's. */
export const gradientNorm = (grads: ReadonlyMap<string, tf.Tensor>): tf.Scalar =>
  tf.tidy(
    () =>
      tf.sqrt(tf.sum(tf.stack([...grads.values()].map((gradient) => tf.sum(tf.square(asFloats('gradientNorm', gradient))))))) as tf.Scalar,
  );
