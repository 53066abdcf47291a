import * as tf from '@tensorflow/tfjs-core';
import type { KernelImplementation } from '../registration.ts';
import { isFloat, pixelChunks, sizeOf } from './chunks.ts';
import { sideBySide } from './concat.ts';
import { expectWhole, required } from './expect.ts';
import { zero } from './zero.ts';

/** tfjs-backend-wasm copies here; sharing the values, as tfjs' other backends do, makes `tf.clone` free. */
export const identity: KernelImplementation = ({ inputs, runtime }) => {
  const { x } = required(inputs, 'x');
  runtime.backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
};

/** tfjs' Cast, free where nothing changes: it casts every average pooling's result to what it is. */
export const cast: KernelImplementation = (call) => {
  const { x } = required(call.inputs, 'x');
  return x.dtype === (call.attrs as { dtype: tf.DataType }).dtype ? identity(call) : call.stock();
};

/** tfjs' StridedSlice where it takes whole pixels of whole images, as shortcuts with option A do; else tfjs'. */
export const stridedSlice: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x } = required(inputs, 'x');
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs as Record<
    'begin' | 'end' | 'strides',
    number[]
  > &
    Record<'beginMask' | 'endMask' | 'ellipsisMask' | 'newAxisMask' | 'shrinkAxisMask', number>;
  if (!isFloat(x) || x.shape.length !== 4 || ellipsisMask || newAxisMask || shrinkAxisMask) return stock();
  const info = tf.slice_util.sliceInfo(x.shape, begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask);
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const [, top = 0, left = 0] = info.begin;
  const [, strideHeight = 1, strideWidth = 1] = info.strides;
  const [outN = 0, outHeight = 0, outWidth = 0, outC = 0] = info.finalShapeSparse;
  const wholePixels =
    outN === n && outC === c && strideHeight > 0 && strideWidth > 0 && (info.strides[0] ?? 1) > 0 && (info.strides[3] ?? 1) > 0;
  if (!wholePixels || n > 2000 || info.finalShapeSparse.some((size) => size === 0)) return stock();
  const y = runtime.output(info.finalShape);
  const geometry = [h, w, c * 4, outHeight, outWidth, top, left, strideHeight, strideWidth];
  runtime.run('takePixels', n, [runtime.address(x), runtime.address(y), ...geometry]);
  return y;
};

/** tfjs' PadV2 where it puts channels of zeros beside an image's own, as shortcuts with option A do; else tfjs'. */
export const padChannels: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x } = required(inputs, 'x');
  const { paddings, constantValue } = attrs as { paddings: readonly [number, number][]; constantValue: number };
  expectWhole({ paddings: paddings.flat() }, 2 * x.shape.length, 0);
  const [before, after] = paddings.at(-1) ?? [0, 0];
  const others = paddings.slice(0, -1).some(([a, b]) => a || b);
  if (!isFloat(x) || x.shape.length !== 4 || others || constantValue !== 0 || sizeOf(x) === 0) return stock();
  const channels = (x.shape[3] as number) + before + after;
  const y = runtime.output([...x.shape.slice(0, 3), channels]);
  const to = runtime.address(y);
  const pixels = sizeOf(y) / channels;
  const { chunks, perChunk } = pixelChunks(pixels, channels);
  zero(runtime, to, sizeOf(y));
  runtime.run('concat', chunks, [...sideBySide([x]).table(runtime), to + before * 4, pixels, channels * 4, perChunk]);
  return y;
};

/** tfjs' Tile where it spreads one pixel over an image, as the gradient of a global average pooling does; else tfjs'. */
export const tile: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x } = required(inputs, 'x');
  const { reps } = attrs as { reps: readonly number[] };
  expectWhole({ reps }, x.shape.length, 0);
  const [n = 0, h, w, c = 0] = x.shape;
  const [images, down = 1, across = 1, channels] = reps;
  if (!isFloat(x) || x.shape.length !== 4 || h !== 1 || w !== 1 || images !== 1 || channels !== 1 || n > 2000) return stock();
  const y = runtime.output([n, down, across, c]);
  runtime.run('repeatPixel', n, [runtime.address(x), runtime.address(y), down * across, c * 4]);
  return y;
};
