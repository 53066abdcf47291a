import * as tf from '@tensorflow/tfjs-core';
import { kernel, type NoAttributes, operation } from '../op.ts';
import { gather, scatter } from './convolution/scatter.ts';
import { imageShape } from './image-shape.ts';
import { type Pair, slide, type Window } from './window.ts';

export interface PoolAttributes {
  readonly filterSize: Pair;
  readonly strides: Pair;
  readonly pad: Window['pad'];
}

const asWindow = ({ strides, pad }: PoolAttributes): Window => ({ strides, pad, dilations: [1, 1] });

const pooledShape = (what: string, x: readonly number[], attributes: PoolAttributes): readonly number[] => {
  const [n, h, w, c] = imageShape(what, x);
  return [n, ...slide(what, [h, w], attributes.filterSize, asWindow(attributes)), c];
};

/** Stands for minus infinity in padding: WebGL shaders cannot be given the real one. */
const LOWEST_FLOAT32 = -3.4028234663852886e38;

interface MaxPoolGradient {
  readonly dy: tf.Tensor4D;
  readonly x: tf.Tensor4D;
  readonly y: tf.Tensor4D;
}

const bordered = (x: tf.Tensor4D, [t, b, l, r]: Window['pad'], value: number): tf.Tensor4D =>
  t || b || l || r
    ? tf.pad(
        x,
        [
          [0, 0],
          [t, b],
          [l, r],
          [0, 0],
        ],
        value,
      )
    : x;

const largest = ({ x }: { readonly x: tf.Tensor4D }, { filterSize, strides, pad }: PoolAttributes): tf.Tensor =>
  tf.maxPool(bordered(x, pad, LOWEST_FLOAT32), [...filterSize], [...strides], 'valid');

/** One tap of the window after another: a window's gradient is placed at the first tap that equals its maximum. */
function toFirstLargest({ dy, x, y }: MaxPoolGradient, { filterSize, strides, pad }: PoolAttributes): tf.Tensor {
  const image = bordered(x, pad, LOWEST_FLOAT32);
  const [n, h, w, c] = image.shape;
  const size: Pair = [y.shape[1], y.shape[2]];
  let open: tf.Tensor4D = tf.onesLike(y); // 1 until the window has given its gradient away
  let dx: tf.Tensor4D = tf.zeros([n, h, w, c]);
  for (let i = 0; i < filterSize[0]; i++)
    for (let j = 0; j < filterSize[1]; j++) {
      const wins = tf.mul(open, tf.cast(tf.equal(gather(image, [i, j], size, strides), y), 'float32'));
      dx = tf.add(dx, scatter(tf.mul(dy, wins), [i, j], [h, w], strides));
      open = tf.sub(open, wins);
    }
  return tf.slice(dx, [0, pad[0], pad[2], 0], x.shape);
}

/**
 * The largest value under each window; padding never wins. x `[N,H,W,C]`, result `[N,H',W',C]`.
 *
 * The gradient goes to the first maximum of a window, as torch's does. (tfjs' own gradient on WASM is wrong
 * for windows without a positive value.) A backend may register `ResNetMaxPool` and `ResNetMaxPoolGrad`.
 */
export const maxPool = operation<PoolAttributes, { readonly x: tf.Tensor4D }, MaxPoolGradient>({
  name: 'maxPool',
  inputs: ['x'],
  shape: ([x = []], attributes) => pooledShape('maxPool', x, attributes),
  forward: kernel('ResNetMaxPool', largest),
  saved: ({ x }, [y]) => ({ x, y: y as tf.Tensor4D }),
  backward: kernel('ResNetMaxPoolGrad', toFirstLargest),
});

export interface AveragePoolAttributes extends PoolAttributes {
  /** Whether padding counts as pixels of 0; by default it does not count. */
  readonly countPadding?: boolean;
  /** Whether a last window that reaches beyond the image is taken too, over the pixels that it has: torch's `ceil_mode`. */
  readonly ceil?: boolean;
}

/** The padding, with what lets the last window in where sizes are rounded up. */
function reach(height: number, width: number, { filterSize, strides, pad, ceil }: AveragePoolAttributes): Window['pad'] {
  if (!ceil) return pad;
  const after = (size: number, k: number, stride: number, [before, behind]: Pair) => {
    const last = Math.ceil((size + before + behind - k) / stride) * stride;
    const begins = last < size + before ? last : last - stride; // a window that begins beyond the image is left out, as by torch
    return Math.max(behind, begins + k - size - before);
  };
  const [t, b, l, r] = pad;
  return [t, after(height, filterSize[0], strides[0], [t, b]), l, after(width, filterSize[1], strides[1], [l, r])];
}

/**
 * The mean under each window. x `[N,H,W,C]`, result `[N,H',W',C]`.
 */
export const averagePool = operation<AveragePoolAttributes, { readonly x: tf.Tensor4D }, { readonly dy: tf.Tensor4D }>({
  name: 'averagePool',
  inputs: ['x'],
  shape: ([x = []], attributes) => pooledShape('averagePool', x, settled(x, attributes)),
  forward: ({ x }, attributes) => means(x, settled(x.shape, attributes)),
  backward: ({ dy }, attributes, { x }) => shares(dy, x, settled(x, attributes)),
});

/** The same pooling with its padding said in full. */
const settled = ([, h = 1, w = 1]: readonly number[], attributes: AveragePoolAttributes): AveragePoolAttributes =>
  attributes.ceil ? { ...attributes, pad: reach(h, w, attributes), ceil: false } : attributes;

/** How many pixels that count each window sees, `[1,H',W',1]`. */
function windowCounts([, h, w]: readonly number[], { filterSize, strides, pad, countPadding }: AveragePoolAttributes): tf.Tensor4D {
  const [oh, ow] = slide('averagePool', [h ?? 1, w ?? 1], filterSize, { strides, pad, dilations: [1, 1] });
  const along = (size: number, out: number, k: number, stride: number, before: number) =>
    Array.from({ length: out }, (_, i) => (countPadding ? k : Math.min(size, i * stride - before + k) - Math.max(0, i * stride - before)));
  const rows = along(h ?? 1, oh, filterSize[0], strides[0], pad[0]);
  const columns = along(w ?? 1, ow, filterSize[1], strides[1], pad[2]);
  return tf.tensor4d(
    rows.flatMap((r) => columns.map((k) => r * k)),
    [1, oh, ow, 1],
  );
}

function means(x: tf.Tensor4D, attributes: AveragePoolAttributes): tf.Tensor4D {
  const { filterSize, strides, pad } = attributes;
  if (pad.every((p) => p === 0)) return tf.avgPool(x, [...filterSize], [...strides], 'valid');
  const sums = tf.mul(tf.avgPool(bordered(x, pad, 0), [...filterSize], [...strides], 'valid'), filterSize[0] * filterSize[1]);
  return tf.div(sums, windowCounts(x.shape, attributes)) as tf.Tensor4D;
}

/** The gradient: each window's, in equal shares to the pixels that count. */
function shares(dy: tf.Tensor4D, inputShape: [number, number, number, number], attributes: AveragePoolAttributes): tf.Tensor4D {
  const { filterSize, strides, pad } = attributes;
  const [, h, w] = inputShape;
  const share = tf.div(dy, windowCounts(inputShape, attributes)) as tf.Tensor4D;
  const size: Pair = [h + pad[0] + pad[1], w + pad[2] + pad[3]];
  let dx: tf.Tensor4D | undefined;
  for (let i = 0; i < filterSize[0]; i++)
    for (let j = 0; j < filterSize[1]; j++) {
      const placed: tf.Tensor4D = scatter(share, [i, j], size, strides);
      dx = dx ? (tf.add(dx, placed) as tf.Tensor4D) : placed;
    }
  return tf.slice(dx as tf.Tensor4D, [0, pad[0], pad[2], 0], inputShape);
}

export const globalAveragePoolOperation = operation<NoAttributes, { readonly x: tf.Tensor4D }>({
  name: 'globalAveragePool',
  inputs: ['x'],
  shape: ([x = []]) => {
    const [n, , , c] = imageShape('globalAveragePool', x);
    return [n, c];
  },
  forward: ({ x }) => tf.mean(x, [1, 2]),
  backward: ({ dy }, _, { x: [n, h, w, c] }) => tf.tile(tf.reshape(tf.div(dy, h * w), [n, 1, 1, c]), [1, h, w, 1]),
});

/** The mean over all pixels: `[N,H,W,C]` to `[N,C]`. */
export const globalAveragePool = (x: tf.Tensor): tf.Tensor => globalAveragePoolOperation([x], {});
