import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { operation } from '../op.ts';
import { imageShape } from './window.ts';

const upsampleOperation = operation<Record<never, never>>({
  name: 'upsampleNearest',
  shape: ([x = [], like = []]) => {
    const [n, h, w, c] = imageShape('upsampleNearest', x);
    const [, height, width] = imageShape('upsampleNearest', like);
    if (height < h || width < w) throw new ShapeError(`upsampleNearest: a ${h}x${w} image cannot be enlarged to ${height}x${width}.`);
    return [n, height, width, c];
  },
  run: ([x, like]) => enlarged((like as tf.Tensor4D).shape[1], (like as tf.Tensor4D).shape[2])(x as tf.Tensor4D),
});

/**
 * Enlarges an image to the size of another by repeating its nearest pixels, as torch's `'nearest'` does: pixel i shows
 * pixel floor(i * input / output).
 *
 * @param x `[N,H,W,C]`
 * @param like `[N,H',W',…]`, of which only height and width are read
 * @returns `[N,H',W',C]`
 */
export const upsampleNearest = (x: tf.Tensor, like: tf.Tensor): tf.Tensor => upsampleOperation([x, like], {});

const enlarged = (height: number, width: number) =>
  tf.customGrad((image) => {
    const x = image as tf.Tensor4D;
    const rows = shownBy(x.shape[1], height);
    const columns = shownBy(x.shape[2], width);
    return {
      value: tf.gather(tf.gather(x, tf.tensor1d(rows, 'int32'), 1), tf.tensor1d(columns, 'int32'), 2),
      gradFunc: (dy: tf.Tensor) => gathered(gathered(dy, 1, rows), 2, columns),
    };
  }) as (x: tf.Tensor4D) => tf.Tensor;

/** Which pixel of `input` each pixel of `output` shows; torch multiplies in float32. */
const shownBy = (input: number, output: number): number[] =>
  Array.from({ length: output }, (_, i) => Math.min(input - 1, Math.floor(Math.fround(i * Math.fround(input / output)))));

/** The gradient of repeating along one axis: each pixel sums those that show it, which are neighbours. */
function gathered(dy: tf.Tensor, axis: 1 | 2, shown: readonly number[]): tf.Tensor {
  const input = (shown.at(-1) ?? 0) + 1;
  const [n = 1, h = 1, w = 1, c = 1] = dy.shape;
  if (shown.length % input === 0) {
    const times = shown.length / input;
    return axis === 1
      ? tf.reshape(tf.sum(tf.reshape(dy, [n, input, times, w * c]), 2), [n, input, w, c])
      : tf.reshape(tf.sum(tf.reshape(dy, [n * h, input, times, c]), 2), [n, h, input, c]);
  }
  const sums = Array.from({ length: input }, (_, pixel) => {
    const begin = shown.indexOf(pixel);
    const size = shown.lastIndexOf(pixel) + 1 - begin;
    const from = [0, 0, 0, 0];
    from[axis] = begin;
    return tf.sum(tf.slice(dy, from, axis === 1 ? [n, size, w, c] : [n, h, size, c]), axis, true);
  });
  return tf.concat(sums, axis);
}
