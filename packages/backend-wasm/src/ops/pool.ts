import type * as tf from '@tensorflow/tfjs-core';
import type { KernelImplementation } from '../registration.ts';
import type { Runtime } from '../runtime.ts';
import { sizeOf } from './chunks.ts';
import { type ConvGeometry, convGeometry, type StockWindows, stockGeometry } from './conv-geometry.ts';
import { expectFloat, expectRank, expectShape, expectWhole, required } from './expect.ts';
import { zero } from './zeros.ts';

/** Attributes of our own pooling kernels. */
export interface PoolAttributes {
  readonly filterSize: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Top, bottom, left, right; padding counts as minus infinity. */
  readonly pad: readonly [number, number, number, number];
}

/** tfjs' attributes of pooling and its gradients. */
type StockPool = StockWindows & { readonly filterSize: number | [number, number] };

/** Where windows are is no matter of channels. */
const plane = (shape: readonly number[]) => [...shape.slice(0, 3), 1];

function ownWindows(x: tf.TensorInfo, { filterSize, strides, pad }: PoolAttributes): ConvGeometry {
  expectRank({ x }, '[N,H,W,C]');
  expectWhole({ filterSize }, 2, 1);
  return convGeometry(plane(x.shape), [...filterSize, 1, 1], { strides, pad, dilations: [1, 1], groups: 1 });
}

function stockWindows(x: tf.TensorInfo, { filterSize, strides, pad, dimRoundingMode }: StockPool): ConvGeometry {
  expectRank({ x }, '[N,H,W,C]');
  const size = typeof filterSize === 'number' ? [filterSize, filterSize] : filterSize;
  expectWhole({ filterSize: size }, 2, 1);
  return stockGeometry(plane(x.shape), [...size, 1, 1], { strides, pad, ...(dimRoundingMode && { dimRoundingMode }) });
}

const resultShape = (x: tf.TensorInfo, g: ConvGeometry) => [g.batch, g.outHeight, g.outWidth, x.shape[3] as number];

/** What kernels of pooling are told of windows. */
const windowArguments = (g: ConvGeometry) => ({
  ...g,
  height: g.inHeight,
  width: g.inWidth,
  filterHeight: g.kernelHeight,
  filterWidth: g.kernelWidth,
});

function pool(runtime: Runtime, by: 'largest' | 'mean', x: tf.TensorInfo, g: ConvGeometry): tf.TensorInfo {
  expectFloat({ x });
  const y = runtime.output(resultShape(x, g));
  if (sizeOf(y) === 0) return y;
  runtime.run('pool', g.batch * g.outHeight, {
    ...windowArguments(g),
    ...{ x: runtime.address(x), y: runtime.address(y), channels: x.shape[3] as number, average: by === 'mean' ? 1 : 0 },
  });
  return y;
}

function poolGradient(runtime: Runtime, { dy, x, y }: Record<'dy' | 'x' | 'y', tf.TensorInfo>, g: ConvGeometry): tf.TensorInfo {
  expectFloat({ dy, x, y });
  expectShape({ dy, y }, resultShape(x, g));
  const dx = runtime.output(x.shape);
  zero(runtime, runtime.address(dx), sizeOf(x));
  if (sizeOf(dx) === 0 || sizeOf(dy) === 0) return dx;
  const channels = x.shape[3] as number;
  const channelChunks = g.batch >= 4 * runtime.threads ? 1 : Math.max(1, Math.floor(channels / 16));
  const perChunk = Math.ceil(channels / channelChunks / 4) * 4;
  const count = Math.ceil(channels / perChunk);
  runtime.run('maxPoolGradient', g.batch * count, {
    ...windowArguments(g),
    ...{ dy: runtime.address(dy), x: runtime.address(x), y: runtime.address(y), dx: runtime.address(dx) },
    ...{ channels, channelChunks: count, channelsPerChunk: perChunk },
  });
  return dx;
}

export const resnetMaxPool: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { x } = required(inputs, 'x');
  return pool(runtime, 'largest', x, ownWindows(x, attrs as PoolAttributes));
};

export const resnetMaxPoolGrad: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const tensors = required(inputs, 'dy', 'x', 'y');
  return poolGradient(runtime, tensors, ownWindows(tensors.x, attrs as PoolAttributes));
};

export const maxPool: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { x } = required(inputs, 'x');
  return pool(runtime, 'largest', x, stockWindows(x, attrs as StockPool));
};

export const avgPool: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { x } = required(inputs, 'x');
  return pool(runtime, 'mean', x, stockWindows(x, attrs as StockPool));
};

/** tfjs' own gives wrong gradients for windows without a positive value. */
export const maxPoolGrad: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { dy, input: x, output: y } = required(inputs, 'dy', 'input', 'output');
  return poolGradient(runtime, { dy, x, y }, stockWindows(x, attrs as StockPool));
};
