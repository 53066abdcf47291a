import * as tf from '@tensorflow/tfjs-core';
import type { Pair } from '../window.ts';

/**
 * Puts every pixel `stride` apart with zeros between: the gradient of taking every `stride`-th.
 *
 * Only reshapes and one-axis pads, which every backend has.
 *
 * @param x `[N,H,W,C]`
 * @returns `[N,H*sh,W*sw,C]`; pixel (i,j) is at (i*sh, j*sw).
 */
export function insertZeros(x: tf.Tensor4D, [sh, sw]: Pair): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  let out: tf.Tensor = x;
  if (sw > 1)
    out = tf.pad(tf.reshape(out, [n * h * w, 1, c]), [
      [0, 0],
      [0, sw - 1],
      [0, 0],
    ]);
  if (sh > 1)
    out = tf.pad(tf.reshape(out, [n * h, 1, w * sw * c]), [
      [0, 0],
      [0, sh - 1],
      [0, 0],
    ]);
  return tf.reshape(out, [n, h * sh, w * sw, c]);
}

/** Crops, or pads with zeros at the bottom and right, to exactly `height` x `width`. */
export function fit(x: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const cropped = h > height || w > width ? tf.slice(x, [0, 0, 0, 0], [n, Math.min(h, height), Math.min(w, width), c]) : x;
  const [, ch, cw] = cropped.shape;
  return ch === height && cw === width
    ? cropped
    : tf.pad(cropped, [
        [0, 0],
        [0, height - ch],
        [0, width - cw],
        [0, 0],
      ]);
}

/**
 * Every `stride`-th pixel of `x` from (top, left) on, `height` x `width` of them.
 *
 * @param x `[N,H,W,C]`
 */
export const gather = (x: tf.Tensor4D, [top, left]: Pair, [height, width]: Pair, [sh, sw]: Pair): tf.Tensor4D =>
  tf.stridedSlice(
    x,
    [0, top, left, 0],
    [x.shape[0], top + (height - 1) * sh + 1, left + (width - 1) * sw + 1, x.shape[3]],
    [1, sh, sw, 1],
  ) as tf.Tensor4D;

/** The gradient of {@link gather}: `dy`'s pixels at their places in an image of `height` x `width`, zeros elsewhere. */
export function scatter(dy: tf.Tensor4D, [top, left]: Pair, [height, width]: Pair, strides: Pair): tf.Tensor4D {
  const placed = fit(insertZeros(dy, strides), height - top, width - left);
  return top === 0 && left === 0
    ? placed
    : tf.pad(placed, [
        [0, 0],
        [top, 0],
        [left, 0],
        [0, 0],
      ]);
}
