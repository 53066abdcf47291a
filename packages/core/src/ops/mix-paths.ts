import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { operation } from '../op.ts';

const mixOperation = operation<Record<never, never>>({
  name: 'mixPaths',
  shape: ([a = [], b = [], scores = []]) => {
    if (a.length !== 4 || a.join() !== b.join() || scores.join() !== [a[0], 1, 1, 2 * (a[3] ?? 0)].join())
      throw new ShapeError(
        `mixPaths: paths [${a.join(',')}] and [${b.join(',')}] must be equal, and scores [${scores.join(',')}] hold both their channels.`,
      );
    return a;
  },
  run: ([a, b, scores]) => mixed(a as tf.Tensor4D, b as tf.Tensor4D, scores as tf.Tensor4D),
});

/**
 * Two paths weighed channel by channel with the softmax of their scores: where selective kernels select.
 *
 * @param a and b `[N,H,W,C]`
 * @param scores `[N,1,1,2C]`: a's, then b's
 * @see Li et al. 2019, section 3.1, https://arxiv.org/abs/1903.06586
 */
export const mixPaths = (a: tf.Tensor, b: tf.Tensor, scores: tf.Tensor): tf.Tensor => mixOperation([a, b, scores], {});

/** The softmax of two scores is the sigmoid of their difference. */
function share(scores: tf.Tensor4D): tf.Tensor4D {
  const [n, , , both] = scores.shape;
  const half = both / 2;
  const difference = tf.sub<tf.Tensor4D>(
    tf.slice(scores, [0, 0, 0, 0], [n, 1, 1, half]),
    tf.slice(scores, [0, 0, 0, half], [n, 1, 1, half]),
  );
  return tf.sigmoid(difference);
}

const mixed = tf.customGrad((a, b, scores, save) => {
  const ofA = share(scores as tf.Tensor4D);
  (save as tf.GradSaveFunc)([a as tf.Tensor, b as tf.Tensor, ofA]);
  return {
    value: tf.add(tf.mul(a as tf.Tensor, ofA), tf.mul(b as tf.Tensor, tf.sub(1, ofA))),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [a, b, ofA] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const ofB = tf.sub(1, ofA);
      const dScore = tf.mul(tf.sum(tf.mul(dy, tf.sub(a, b)), [1, 2], true), tf.mul(ofA, ofB));
      return [tf.mul(dy, ofA), tf.mul(dy, ofB), tf.concat([dScore, tf.neg(dScore)], 3)];
    },
  };
}) as (a: tf.Tensor4D, b: tf.Tensor4D, scores: tf.Tensor4D) => tf.Tensor;
