import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { operation } from '../op.ts';

const highwayOperation = operation<Record<never, never>>({
  name: 'highway',
  shape: ([h = [], x = [], gate = []]) => {
    if (h.join() !== x.join() || h.join() !== gate.join())
      throw new ShapeError(
        `highway: the transform [${h.join(',')}], the input [${x.join(',')}] and the gate [${gate.join(',')}] must be of one shape.`,
      );
    return h;
  },
  run: ([h, x, gate]) => gated(h as tf.Tensor, x as tf.Tensor, gate as tf.Tensor),
});

/**
 * T·h + (1 − T)·x with T = sigmoid(gate), elementwise: what a highway layer lets through of its transform and carries
 * of its input. All of one shape.
 *
 * @see Srivastava et al. 2015, equation 3, https://arxiv.org/abs/1505.00387
 */
export const highway = (h: tf.Tensor, x: tf.Tensor, gate: tf.Tensor): tf.Tensor => highwayOperation([h, x, gate], {});

const gated = tf.customGrad((h, x, gate, save) => {
  const open = tf.sigmoid(gate as tf.Tensor);
  const change = tf.sub(h as tf.Tensor, x as tf.Tensor);
  (save as tf.GradSaveFunc)([open, change]);
  return {
    value: tf.add(x as tf.Tensor, tf.mul(open, change)),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [open, change] = saved as [tf.Tensor, tf.Tensor];
      const dh = tf.mul(dy, open);
      return [dh, tf.sub(dy, dh), tf.mul(tf.mul(dh, change), tf.sub(1, open))];
    },
  };
}) as (h: tf.Tensor, x: tf.Tensor, gate: tf.Tensor) => tf.Tensor;
