import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { operation } from '../op.ts';
import { imageShape } from './window.ts';

/**
 * A convolution along the channels of pooled images, zeros beyond both ends: how ECA lets neighbouring channels see
 * each other. Inputs: x `[N,1,1,C]`, filter `[1,1,k]` with k odd. Result as x.
 *
 * @see Wang et al. 2019, https://arxiv.org/abs/1910.03151
 */
export const channelConvolution = operation<Record<never, never>>({
  name: 'channelConvolution',
  shape: ([x = [], filter = []]) => {
    const [, h, w] = imageShape('channelConvolution', x);
    const [one, single, k = 0, ...more] = filter;
    if (h !== 1 || w !== 1 || one !== 1 || single !== 1 || k % 2 !== 1 || more.length)
      throw new ShapeError(
        `channelConvolution: expected [N,1,1,C] and a filter [1,1,k], k odd, but received [${x.join(',')}] and [${filter.join(',')}].`,
      );
    return x;
  },
  macs: ([n = 1, , , c = 1], [, filter = []]) => n * c * (filter[2] ?? 1),
  run: ([x, filter]) => convolve(x as tf.Tensor, filter as tf.Tensor),
});

/** Tap j of a filter of k reads channel c + j - (k - 1)/2. */
const shifted = (x: tf.Tensor2D, k: number): tf.Tensor2D[] => {
  const [n, c] = x.shape;
  const reach = (k - 1) / 2;
  const wide = tf.pad2d(x, [
    [0, 0],
    [reach, reach],
  ]);
  return Array.from({ length: k }, (_, j) => tf.slice2d(wide, [0, j], [n, c]));
};

const weighted = (columns: readonly tf.Tensor2D[], weights: tf.Tensor1D): tf.Tensor =>
  columns.map((column, j) => tf.mul(column, tf.slice1d(weights, j, 1)) as tf.Tensor).reduce((sum, term) => tf.add(sum, term));

const convolve = tf.customGrad((input, filter, save) => {
  const { shape } = input as tf.Tensor4D;
  const [n, , , c] = shape;
  const k = (filter as tf.Tensor).size;
  const x = tf.reshape(input as tf.Tensor, [n, c]) as tf.Tensor2D;
  const weights = tf.reshape(filter as tf.Tensor, [k]) as tf.Tensor1D;
  (save as tf.GradSaveFunc)([x, weights]);
  return {
    value: tf.reshape(weighted(shifted(x, k), weights), shape),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, weights] = saved as [tf.Tensor2D, tf.Tensor1D];
      const flat = tf.reshape(dy, [n, c]) as tf.Tensor2D;
      const dx = weighted(shifted(flat, k), tf.reverse1d(weights));
      const dWeights = shifted(x, k).map((column) => tf.sum(tf.mul(column, flat)));
      return [tf.reshape(dx, shape), tf.reshape(tf.stack(dWeights), [1, 1, k])];
    },
  };
});
