import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Runtime } from '../runtime.ts';
import { sizeOf } from './chunks.ts';
import { type ConvGeometry, filterShape, inputShape, outputShape } from './conv-geometry.ts';
import { depthwise, suitsDepthwise } from './depthwise.ts';
import { expectShape } from './expect.ts';
import { gemm } from './gemm.ts';
import { packedFilter } from './packed-filter.ts';
import { SUM, segments } from './segments.ts';
import { suitsWinograd, winograd } from './winograd.ts';
import { padImages } from './zeros.ts';

/** What happens to a convolution's sums before they are stored. */
export interface Epilogue {
  readonly bias?: TensorInfo | undefined;
  /** Added to the result, of its shape. */
  readonly residual?: TensorInfo | undefined;
  readonly activation?: 'linear' | 'relu' | 'relu6' | undefined;
}

const spaced = (count: number, dilation: number) => Array.from({ length: count }, (_, k) => k * dilation);

/**
 * A convolution of any size, stride, padding, dilation and grouping as one implicit matrix multiplication.
 *
 * @returns `[N,H',W',O]`
 */
export function convolution(runtime: Runtime, x: TensorInfo, filter: TensorInfo, g: ConvGeometry, epilogue: Epilogue = {}): TensorInfo {
  const { bias, residual, activation } = epilogue;
  expectShape({ x }, inputShape(g));
  expectShape({ filter }, filterShape(g));
  expectShape({ residual }, outputShape(g));
  if (bias && sizeOf(bias) !== g.outChannels) expectShape({ bias }, [g.outChannels]);
  const y = runtime.output(outputShape(g));
  if (sizeOf(y) === 0) return y;
  const finish = {
    bias: bias ? runtime.address(bias) : 0,
    residual: residual ? runtime.address(residual) : 0,
    lo: activation === 'relu' || activation === 'relu6' ? 0 : Number.NEGATIVE_INFINITY,
    hi: activation === 'relu6' ? 6 : Number.POSITIVE_INFINITY,
  };
  if (runtime.winograd && suitsWinograd(g)) {
    const call = { ...g, ...finish, x: runtime.address(x), y: runtime.address(y), filter, transpose: false };
    if (winograd(runtime, { ...call, images: g.batch, height: g.inHeight, width: g.inWidth })) return y;
  }
  if (suitsDepthwise(g)) {
    depthwise(runtime, g, { ...finish, x: runtime.address(x), y: runtime.address(y), filter: runtime.address(filter) });
    return y;
  }
  const packed = packedFilter(runtime, filter, {
    groups: g.groups,
    taps: Array.from({ length: g.kernelHeight * g.kernelWidth }, (_, i) => i),
    transpose: false,
  });
  const from = padImages(runtime, runtime.address(x), {
    ...g,
    images: g.batch,
    height: g.inHeight,
    width: g.inWidth,
    channels: g.inChannels,
  });
  const columnBytes = g.inChannels * 4;
  const rowBytes = (g.left + g.inWidth + g.right) * columnBytes;
  const sum = tf.engine().state.gradientDepth > 0 ? SUM.whereGradientsFollow : SUM.elsewhere;
  const runs = segments(spaced(g.kernelHeight, g.dilationHeight), spaced(g.kernelWidth, g.dilationWidth), {
    rowBytes,
    channels: g.inChannels / g.groups,
    stride: g.inChannels,
    longest: sum,
  });
  gemm(runtime, {
    x: from,
    y: runtime.address(y),
    packed,
    ...finish,
    images: g.batch,
    height: g.outHeight,
    width: g.outWidth,
    xSteps: [(g.top + g.inHeight + g.bottom) * rowBytes, g.strideHeight * rowBytes, g.strideWidth * columnBytes],
    ySteps: [g.outHeight * g.outWidth * g.outChannels * 4, g.outWidth * g.outChannels * 4, g.outChannels * 4],
    segments: runs.offsets,
    segmentLength: runs.length,
    sum,
    groups: g.groups,
    groupIn: g.inChannels / g.groups,
    groupOut: g.outChannels / g.groups,
  });
  return y;
}
