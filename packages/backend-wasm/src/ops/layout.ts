import * as tf from '@tensorflow/tfjs-core';
import { KernelInputError } from '../kernel-input-error.ts';
import type { KernelImplementation } from '../registration.ts';
import { isFloat, pixelChunks, sizeOf } from './chunks.ts';
import { sideBySide } from './concat.ts';
import { expectNumbers, expectReal, expectWhole, required } from './expect.ts';
import { zero } from './zeros.ts';

/** tfjs-backend-wasm copies here; sharing the values, as tfjs' other backends do, makes `tf.clone` free. */
export const identity: KernelImplementation = ({ inputs, runtime }) => {
  const { x } = required(inputs, 'x');
  runtime.backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
};

/** tfjs' Cast, free where nothing changes: it casts every average pooling's result to what it is. */
export const cast: KernelImplementation = (call) => {
  const { x } = required(call.inputs, 'x');
  const { dtype } = call.attrs as { dtype: tf.DataType };
  if (x.dtype === dtype) return identity(call);
  expectReal({ x });
  expectReal({ dtype: { ...x, dtype } });
  return call.stock();
};

type Slice = Record<'begin' | 'end' | 'strides', number[]> &
  Record<'beginMask' | 'endMask' | 'ellipsisMask' | 'newAxisMask' | 'shrinkAxisMask', number>;

/**
 * tfjs' StridedSlice. Whole pixels of whole images, as shortcuts with option A take, have a kernel; what is one piece of memory is tfjs'; the
 * rest is taken element by element, for tfjs takes all for floats, and axes that go for those that stay.
 */
export const stridedSlice: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x } = required(inputs, 'x');
  const { begin, end, strides, ...masks } = attrs as Slice;
  for (const [name, list] of Object.entries({ begin, end, strides })) expectWhole({ [name]: list }, list?.length ?? 0, -(2 ** 31));
  expectWhole(masks, 1, 0);
  const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = masks;
  const info = tf.slice_util.sliceInfo(x.shape, begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask);
  if (info.isIdentity || info.sliceDim0 || info.isSimpleSlice) return stock();
  expectReal({ x });
  const sizes = tf.slice_util.computeOutShape(info.begin, info.end, info.strides).map((size) => Math.max(0, size));
  const y = runtime.output(info.finalShape, x.dtype);
  if (sizeOf(y) === 0) return y;
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const [images = 1, down = 1, across = 1, channels = 1] = info.strides;
  if (isFloat(x) && sizes.length === 4 && sizes[0] === n && sizes[3] === c && Math.min(images, down, across, channels) > 0) {
    const [, top = 0, left = 0] = info.begin;
    runtime.run('takePixels', n, {
      ...{ x: runtime.address(x), y: runtime.address(y), height: h, width: w, pixelBytes: c * 4 },
      ...{ outHeight: sizes[1] as number, outWidth: sizes[2] as number, top, left, strideHeight: down, strideWidth: across },
    });
    return y;
  }
  runtime.recordings.endRecording();
  const [source, target] = [x, y].map((tensor) => runtime.backend.typedArrayFromHeap(tensor)) as [Float32Array, Float32Array];
  const steps = [...tf.util.computeStrides(x.shape), 1];
  let to = 0;
  const take = (axis: number, from: number): void => {
    const [first, stride, step] = [info.begin, info.strides, steps].map((numbers) => numbers[axis]) as [number, number, number];
    for (let i = 0; i < (sizes[axis] as number); i++) {
      const at = from + (first + i * stride) * step;
      if (axis + 1 < sizes.length) take(axis + 1, at);
      else target[to++] = source[at] as number;
    }
  };
  take(0, 0);
  return y;
};

/** tfjs' PadV2 where it puts channels of zeros beside an image's own, as shortcuts with option A do; else tfjs'. */
export const padChannels: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x } = required(inputs, 'x');
  const { paddings, constantValue } = attrs as { paddings: readonly [number, number][]; constantValue: number };
  expectReal({ x });
  expectWhole({ paddings: Array.isArray(paddings) ? paddings.flat() : paddings }, 2 * x.shape.length, 0);
  expectNumbers({ constantValue });
  // tfjs' own leaves then in the padding what memory held
  if (isFloat(x) ? Number.isNaN(constantValue) : !Number.isFinite(constantValue))
    throw new KernelInputError(`constantValue: expected a number that ${x.dtype} can be padded with but received ${constantValue}`);
  const [before, after] = paddings.at(-1) ?? [0, 0];
  const others = paddings.slice(0, -1).some(([a, b]) => a || b);
  if (!isFloat(x) || x.shape.length !== 4 || others || constantValue !== 0 || sizeOf(x) === 0) return stock();
  const channels = (x.shape[3] as number) + before + after;
  const y = runtime.output([...x.shape.slice(0, 3), channels]);
  const to = runtime.address(y);
  const pixels = sizeOf(y) / channels;
  const { chunks, perChunk } = pixelChunks(pixels, channels);
  zero(runtime, to, sizeOf(y));
  runtime.run('concat', chunks, { ...sideBySide([x]).table(runtime), y: to + before * 4, pixels, yBytes: channels * 4, perChunk });
  return y;
};

/** tfjs' Tile where it spreads one pixel over an image, as the gradient of a global average pooling does; else tfjs'. */
export const tile: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x } = required(inputs, 'x');
  const { reps } = attrs as { reps: readonly number[] };
  expectReal({ x });
  expectWhole({ reps }, x.shape.length, 0);
  const [n = 0, h, w, c = 0] = x.shape;
  const [images, down = 1, across = 1, channels] = reps;
  if (!isFloat(x) || x.shape.length !== 4 || h !== 1 || w !== 1 || images !== 1 || channels !== 1) return stock();
  const y = runtime.output([n, down, across, c]);
  runtime.run('repeatPixel', n, { x: runtime.address(x), y: runtime.address(y), pixels: down * across, pixelBytes: c * 4 });
  return y;
};
