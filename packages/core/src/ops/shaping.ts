import * as tf from '@tensorflow/tfjs-core';
import { formatShape, ShapeError } from '../errors.ts';
import { type NoAttributes, operation } from '../op.ts';
import { gather, scatter } from './convolution/scatter.ts';
import { imageShape } from './image-shape.ts';
import { checkWhole } from './window.ts';

// What moves values and computes none.

export interface ReshapeAttributes {
  /** What a sample is, and what it becomes: of as many values. */
  readonly from: readonly number[];
  readonly each: readonly number[];
}

export const reshapeOperation = operation<ReshapeAttributes, { readonly x: tf.Tensor }>({
  name: 'reshape',
  inputs: ['x'],
  shape: ([x = []], { from, each }) => {
    const [n, ...sample] = x;
    // The same number of values in another form would have them in another order.
    if (n === undefined || sample.join() !== from.join())
      throw new ShapeError(`reshape: expected ${formatShape(['N', ...from])} but received ${formatShape(x)}.`);
    return [n, ...each];
  },
  forward: ({ x }, { each }) => tf.reshape(x, [x.shape[0] ?? 1, ...each]),
  backward: ({ dy }, _, { x }) => tf.reshape(dy, x),
});

/** Everything of a sample in one row: `[N,H,W,C]` to `[N,H*W*C]`, in tfjs' order (torch flattens channels first). */
export function flatten(x: tf.Tensor): tf.Tensor {
  const from = x.shape.slice(1);
  return reshapeOperation([x], { from, each: [from.reduce((product, d) => product * d, 1)] });
}

/** A feature vector as an image of one pixel: `[N,C]` to `[N,1,1,C]`. */
export function asPixel(x: tf.Tensor): tf.Tensor {
  const from = x.shape.slice(1);
  if (from.length !== 1) throw new ShapeError(`asPixel: expected [N,C] but received ${formatShape(x.shape)}.`);
  return reshapeOperation([x], { from, each: [1, 1, ...from] });
}

/** `size` channels of x from `begin` on: `[N,H,W,C]` to `[N,H,W,size]`. */
export const takeChannels = operation<{ readonly begin: number; readonly size: number }, { readonly x: tf.Tensor }>({
  name: 'takeChannels',
  inputs: ['x'],
  shape: ([x = []], { begin, size }) => {
    const channels = x.at(-1) ?? 0;
    if (begin < 0 || size < 1 || begin + size > channels)
      throw new ShapeError(`takeChannels: channels ${begin} to ${begin + size - 1} are not all in [${x.join(',')}].`);
    return [...x.slice(0, -1), size];
  },
  forward: ({ x }, { begin, size }) => tf.slice(x, [...x.shape.slice(0, -1).map(() => 0), begin], [...x.shape.slice(0, -1), size]),
  backward: ({ dy }, { begin, size }, { x }) => padChannels(dy, begin, (x.at(-1) ?? 0) - begin - size),
});

/** Channels of zeros before and after those of `x`, of any rank. */
const padChannels = (x: tf.Tensor, before: number, after: number): tf.Tensor =>
  tf.pad(x, [...x.shape.slice(0, -1).map((): [number, number] => [0, 0]), [before, after]]);

export const zeroPadOperation = operation<{ readonly pixels: number }, { readonly x: tf.Tensor4D }>({
  name: 'zeroPad',
  inputs: ['x'],
  shape: ([x = []], { pixels }) => {
    const [n, h, w, c] = imageShape('zeroPad', x);
    checkWhole('zeroPad', { pixels }, 0);
    return [n, h + 2 * pixels, w + 2 * pixels, c];
  },
  forward: ({ x }, { pixels }) =>
    tf.pad(x, [
      [0, 0],
      [pixels, pixels],
      [pixels, pixels],
      [0, 0],
    ]),
  backward: ({ dy }, { pixels }, { x }) => tf.slice(dy, [0, pixels, pixels, 0], x),
});

/** Zeros around an image, `[N,H,W,C]` to `[N,H+2*pixels,W+2*pixels,C]`: a pool after it counts them, and they can win. */
export const zeroPad = (x: tf.Tensor, pixels: number): tf.Tensor => zeroPadOperation([x], { pixels });

export interface ShortcutAttributes {
  readonly stride: number;
  readonly outChannels: number;
}

/** How many of the new channels come before those of the input. */
const channelsBefore = (channels: number, { outChannels }: ShortcutAttributes): number => Math.floor((outChannels - channels) / 2);

/**
 * The parameter-free shortcut (option A of the paper): every `stride`-th pixel, with zeros for the new channels,
 * half before and half after. x `[N,H,W,C]`, result `[N,ceil(H/stride),ceil(W/stride),outChannels]`.
 *
 * @see He et al. 2015, section 3.3, https://arxiv.org/abs/1512.03385
 */
export const paddedShortcut = operation<ShortcutAttributes, { readonly x: tf.Tensor4D }, { readonly dy: tf.Tensor4D }>({
  name: 'paddedShortcut',
  inputs: ['x'],
  shape: ([x = []], { stride, outChannels }) => {
    const [n, h, w, c] = imageShape('paddedShortcut', x);
    checkWhole('paddedShortcut', { stride }, 1);
    if (!(outChannels >= c)) throw new ShapeError(`paddedShortcut: ${outChannels} channels cannot take the ${c} of [${x.join(',')}].`);
    return [n, Math.ceil(h / stride), Math.ceil(w / stride), outChannels];
  },
  forward: ({ x }, attributes) => {
    const { stride, outChannels } = attributes;
    const [, h, w, c] = x.shape;
    const before = channelsBefore(c, attributes);
    return padChannels(
      gather(x, [0, 0], [Math.ceil(h / stride), Math.ceil(w / stride)], [stride, stride]),
      before,
      outChannels - c - before,
    );
  },
  backward: ({ dy }, attributes, { x: [n, h, w, c] }) => {
    const [, oh, ow] = dy.shape;
    const taken = tf.slice(dy, [0, 0, 0, channelsBefore(c, attributes)], [n, oh, ow, c]);
    return scatter(taken, [0, 0], [h, w], [attributes.stride, attributes.stride]);
  },
});

interface Enlarged {
  readonly x: tf.Tensor4D;
  readonly like: tf.Tensor4D;
}

export const upsampleOperation = operation<NoAttributes, Enlarged>({
  name: 'upsampleNearest',
  inputs: ['x', 'like'],
  constants: ['like'],
  shape: ([x = [], like = []]) => {
    const [n, h, w, c] = imageShape('upsampleNearest', x);
    const [, height, width] = imageShape('upsampleNearest', like);
    if (height < h || width < w) throw new ShapeError(`upsampleNearest: a ${h}x${w} image cannot be enlarged to ${height}x${width}.`);
    return [n, height, width, c];
  },
  forward: ({ x, like }) => {
    const rows = tf.tensor1d(shownBy(x.shape[1], like.shape[1]), 'int32');
    const columns = tf.tensor1d(shownBy(x.shape[2], like.shape[2]), 'int32');
    return tf.gather(tf.gather(x, rows, 1), columns, 2);
  },
  backward: ({ dy }, _, { x, like }) => gathered(gathered(dy, 1, shownBy(x[1], like[1])), 2, shownBy(x[2], like[2])),
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
