import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { operation } from '../op.ts';
import { imageHint } from './image-hint.ts';
import { standardize } from './standardize.ts';
import { checkPerChannel, imageShape } from './window.ts';

/**
 * Normalization of each sample by itself, channels in groups that share mean and variance. Inputs: x `[N,H,W,C]`,
 * scale and offset `[C]`. Result as x.
 *
 * @see Wu & He 2018, https://arxiv.org/abs/1803.08494
 */
export const groupNorm = operation<{ readonly groups: number; readonly epsilon: number }>({
  name: 'groupNorm',
  shape: ([x = [], scale = [], offset = []], { groups }) => {
    const [, , , channels] = imageShape('groupNorm', x);
    if (scale.length === 1 && scale[0] !== channels)
      throw new ShapeError(`groupNorm: expected [N,H,W,${scale[0]}] but received [${x.join(',')}].${imageHint(x, scale[0])}`);
    checkPerChannel('groupNorm', 'scale', scale, channels);
    checkPerChannel('groupNorm', 'offset', offset, channels);
    if (channels % groups) throw new ShapeError(`groupNorm: ${groups} groups do not divide the ${channels} channels of [${x.join(',')}].`);
    return x;
  },
  run: ([input, scale, offset], { groups, epsilon }) => {
    const x = input as tf.Tensor4D;
    const [n, h, w, c] = x.shape;
    const grouped = standardize(tf.reshape(x, [n, h * w, groups, c / groups]), [1, 3], epsilon);
    return tf.add(tf.mul(tf.reshape(grouped, x.shape), scale as tf.Tensor), offset as tf.Tensor);
  },
});
