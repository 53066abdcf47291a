import * as tf from '@tensorflow/tfjs-core';
import type { KernelImplementation } from '../registration.ts';
import type { Runtime } from '../runtime.ts';
import { isFloat, sizeOf } from './chunks.ts';
import { convGeometry } from './conv-geometry.ts';
import { zero } from './zero.ts';

/** Attributes of our own pooling kernels. */
export interface PoolAttributes {
  readonly filterSize: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Top, bottom, left, right; padding counts as minus infinity. */
  readonly pad: readonly [number, number, number, number];
}

interface PoolGeometry extends PoolAttributes {
  readonly outHeight: number;
  readonly outWidth: number;
}

function poolGeometry(shape: readonly number[], attributes: PoolAttributes): PoolGeometry {
  const { outHeight, outWidth } = convGeometry(shape, [...attributes.filterSize, 1, 1], { ...attributes, dilations: [1, 1], groups: 1 });
  return { ...attributes, outHeight, outWidth };
}

const MOST_LINES = 4000;

// A line is a chunk, and a job has room for some 4,000: large batches take several.
function pool(runtime: Runtime, by: 'largest' | 'mean', x: tf.TensorInfo, g: PoolGeometry): tf.TensorInfo {
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const y = runtime.output([n, g.outHeight, g.outWidth, c]);
  const geometry = [h, w, c, g.outHeight, g.outWidth, ...g.filterSize, ...g.strides, g.pad[0], g.pad[2], by === 'mean' ? 1 : 0];
  const perJob = Math.max(1, Math.floor(MOST_LINES / g.outHeight));
  for (let image = 0; image < n; image += perJob) {
    const [from, to] = [runtime.address(x) + image * h * w * c * 4, runtime.address(y) + image * g.outHeight * g.outWidth * c * 4];
    runtime.run('pool', Math.min(perJob, n - image) * g.outHeight, [from, to, ...geometry]);
  }
  return y;
}

function poolGradient(runtime: Runtime, { dy, x, y }: Record<'dy' | 'x' | 'y', tf.TensorInfo>, g: PoolGeometry): tf.TensorInfo {
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const dx = runtime.output(x.shape);
  zero(runtime, runtime.address(dx), sizeOf(x));
  const channelChunks = n >= 4 * runtime.threads ? 1 : Math.max(1, Math.floor(c / 16));
  const channelsPerChunk = Math.ceil(c / channelChunks / 4) * 4;
  const count = Math.ceil(c / channelsPerChunk);
  const outPixels = g.outHeight * g.outWidth;
  const perJob = Math.max(1, Math.floor(4000 / count));
  for (let image = 0; image < n; image += perJob) {
    const ofResult = (t: tf.TensorInfo) => runtime.address(t) + image * outPixels * c * 4;
    const ofInput = (t: tf.TensorInfo) => runtime.address(t) + image * h * w * c * 4;
    runtime.run('maxPoolGradient', Math.min(perJob, n - image) * count, [
      ...[ofResult(dy), ofInput(x), ofResult(y), ofInput(dx), h, w, c, g.outHeight, g.outWidth],
      ...[...g.filterSize, ...g.strides, g.pad[0], g.pad[2], count, channelsPerChunk],
    ]);
  }
  return dx;
}

export const resnetMaxPool: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { x } = inputs as { x: tf.TensorInfo };
  return pool(runtime, 'largest', x, poolGeometry(x.shape, attrs as PoolAttributes));
};

export const resnetMaxPoolGrad: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const tensors = inputs as Record<'dy' | 'x' | 'y', tf.TensorInfo>;
  return poolGradient(runtime, tensors, poolGeometry(tensors.x.shape, attrs as PoolAttributes));
};

/** tfjs' attributes of MaxPool and its gradient. */
interface StockPool {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function stockGeometry(shape: readonly number[], { filterSize, strides, pad, dimRoundingMode }: StockPool): PoolGeometry {
  const info = tf.backend_util.computePool2DInfo(shape as [number, number, number, number], filterSize, strides, 1, pad, dimRoundingMode);
  const { top, bottom, left, right } = info.padInfo;
  return {
    filterSize: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    pad: [top, bottom, left, right],
    outHeight: info.outHeight,
    outWidth: info.outWidth,
  };
}

export const maxPool: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x } = inputs as { x: tf.TensorInfo };
  return isFloat(x) && x.shape.length === 4 ? pool(runtime, 'largest', x, stockGeometry(x.shape, attrs as StockPool)) : stock();
};

export const avgPool: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x } = inputs as { x: tf.TensorInfo };
  return isFloat(x) && x.shape.length === 4 ? pool(runtime, 'mean', x, stockGeometry(x.shape, attrs as StockPool)) : stock();
};

/** tfjs' own gives wrong gradients for windows without a positive value. */
export const maxPoolGrad: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { dy, input: x, output: y } = inputs as Record<'dy' | 'input' | 'output', tf.TensorInfo>;
  return poolGradient(runtime, { dy, x, y }, stockGeometry(x.shape, attrs as StockPool));
};
