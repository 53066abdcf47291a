import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { operation } from '../op.ts';
import { standardize } from './standardize.ts';

/**
 * Normalization of each sample by itself, channels in groups that share mean and variance. Inputs: x `[N,H,W,C]`,
 * scale and offset `[C]`. Result as x.
 *
 * @see Wu & He 2018, https://arxiv.org/abs/1803.08494
 */
export const groupNorm = operation<{ readonly groups: number; readonly epsilon: number }>({
  name: 'groupNorm',
  shape: ([x = [], scale = []]) => {
    if (x.length !== 4 || x[3] !== scale[0]) throw new ShapeError(`groupNorm: expected [N,H,W,${scale[0]}] but received [${x.join(',')}].`);
    return x;
  },
  run: ([input, scale, offset], { groups, epsilon }) => {
    const x = input as tf.Tensor4D;
    const [n, h, w, c] = x.shape;
    const grouped = standardize(tf.reshape(x, [n, h * w, groups, c / groups]), [1, 3], epsilon);
    return tf.add(tf.mul(tf.reshape(grouped, x.shape), scale as tf.Tensor), offset as tf.Tensor);
  },
});
