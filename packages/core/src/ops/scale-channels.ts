import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { operation } from '../op.ts';

const scaleOperation = operation<Record<never, never>>({
  name: 'scaleChannels',
  shape: ([x = [], gate = []]) => {
    if (x.length !== 4 || gate.length !== 4 || gate[0] !== x[0] || gate[1] !== 1 || gate[2] !== 1 || gate[3] !== x[3])
      throw new ShapeError(`scaleChannels: an input [${x.join(',')}] needs gates [${x[0]},1,1,${x[3]}] but received [${gate.join(',')}].`);
    return x;
  },
  run: ([x, gate]) => scaled(x as tf.Tensor, gate as tf.Tensor),
});

/**
 * Every channel of every image times a number of its own: where a channel attention acts.
 *
 * @param x `[N,H,W,C]`
 * @param gate `[N,1,1,C]`
 */
export const scaleChannels = (x: tf.Tensor, gate: tf.Tensor): tf.Tensor => scaleOperation([x, gate], {});

const scaled = tf.customGrad((x, gate, save) => {
  (save as tf.GradSaveFunc)([x as tf.Tensor, gate as tf.Tensor]);
  return {
    value: tf.mul(x as tf.Tensor, gate as tf.Tensor),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, gate] = saved as [tf.Tensor, tf.Tensor];
      return [tf.mul(dy, gate), tf.sum(tf.mul(dy, x), [1, 2], true)];
    },
  };
});
