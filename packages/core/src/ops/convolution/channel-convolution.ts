import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../../errors.ts';
import { type NoAttributes, operation } from '../../op.ts';
import { imageShape } from '../image-shape.ts';

interface Inputs {
  readonly x: tf.Tensor4D;
  readonly filter: tf.Tensor3D;
}

const flat = (x: tf.Tensor4D): tf.Tensor2D => tf.reshape(x, [x.shape[0], x.shape[3]]);
const taps = (filter: tf.Tensor3D): tf.Tensor1D => tf.reshape(filter, [filter.size]);

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

/**
 * A convolution along the channels of pooled images, zeros beyond both ends: how ECA lets neighbouring channels see
 * each other. Inputs: x `[N,1,1,C]`, filter `[1,1,k]` with k odd. Result as x.
 *
 * @see Wang et al. 2019, https://arxiv.org/abs/1910.03151
 */
export const channelConvolution = operation<NoAttributes, Inputs, Inputs & { readonly dy: tf.Tensor4D }>({
  name: 'channelConvolution',
  inputs: ['x', 'filter'],
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
  forward: ({ x, filter }) => tf.reshape(weighted(shifted(flat(x), filter.size), taps(filter)), x.shape),
  saved: (inputs) => inputs,
  backward: ({ dy, x, filter }, _, shapes) => {
    const k = filter.size;
    const dx = weighted(shifted(flat(dy), k), tf.reverse1d(taps(filter)));
    const dTaps = shifted(flat(x), k).map((column) => tf.sum(tf.mul(column, flat(dy))));
    return [tf.reshape(dx, shapes.x), tf.reshape(tf.stack(dTaps), shapes.filter)];
  },
});
