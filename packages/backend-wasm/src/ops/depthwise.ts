import * as tf from '@tensorflow/tfjs-core';
import type { KernelImplementation } from '../registration.ts';
import type { Runtime } from '../runtime.ts';
import { type ConvGeometry, convGeometry } from './conv-geometry.ts';
import { filterGradient } from './filter-gradient.ts';
import { inputGradient } from './input-gradient.ts';
import { padImages } from './pad-images.ts';

/** One filter a channel, and few enough lines for one job. */
export const suitsDepthwise = (g: ConvGeometry): boolean =>
  g.groups === g.inChannels && g.groups === g.outChannels && g.groups > 1 && g.batch * g.outHeight <= 4000;

/** Addresses, and how results are finished. */
export interface DepthwiseCall {
  readonly x: number;
  readonly y: number;
  readonly filter: number;
  readonly bias: number;
  readonly residual: number;
  readonly lo: number;
  readonly hi: number;
}

export function depthwise(runtime: Runtime, g: ConvGeometry, call: DepthwiseCall): void {
  const x = padImages(runtime, call.x, { ...g, images: g.batch, height: g.inHeight, width: g.inWidth, channels: g.inChannels });
  runtime.run('depthwise', g.batch * g.outHeight, [
    ...[x, call.y, call.filter, call.bias, call.residual && call.residual - call.y, call.lo, call.hi],
    ...[g.top + g.inHeight + g.bottom, g.left + g.inWidth + g.right, g.inChannels, g.outHeight, g.outWidth],
    ...[g.kernelHeight, g.kernelWidth, g.strideHeight, g.strideWidth, g.dilationHeight, g.dilationWidth],
  ]);
}

interface StockAttributes {
  readonly strides: number | [number, number];
  readonly dilations?: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** A depthwise filter `[kh,kw,C,m]` lies in memory as a grouped one, `[kh,kw,1,C*m]` with C groups. */
function grouped(inShape: readonly number[], filterShape: readonly number[], attributes: StockAttributes) {
  const info = tf.backend_util.computeConv2DInfo(
    inShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attributes.strides,
    attributes.dilations ?? 1,
    attributes.pad,
    attributes.dimRoundingMode,
    true,
  );
  const [kh = 0, kw = 0, channels = 0, multiplier = 0] = filterShape;
  const shape = [kh, kw, 1, channels * multiplier];
  const { top, bottom, left, right } = info.padInfo;
  const geometry = convGeometry(inShape, shape, {
    strides: [info.strideHeight, info.strideWidth],
    pad: [top, bottom, left, right],
    dilations: [info.dilationHeight, info.dilationWidth],
    groups: channels,
  });
  return { shape, geometry: { ...geometry, outHeight: info.outHeight, outWidth: info.outWidth } };
}

/** tfjs-backend-wasm has neither gradient of a depthwise convolution. */
export const depthwiseBackpropInput: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { dy, filter } = inputs as Record<'dy' | 'filter', tf.TensorInfo>;
  const attributes = attrs as StockAttributes & { inputShape: number[] };
  const { shape, geometry } = grouped(attributes.inputShape, filter.shape, attributes);
  return inputGradient(runtime, dy, { ...filter, shape }, geometry);
};

export const depthwiseBackpropFilter: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { x, dy } = inputs as Record<'x' | 'dy', tf.TensorInfo>;
  const attributes = attrs as StockAttributes & { filterShape: number[] };
  const { geometry } = grouped(x.shape, attributes.filterShape, attributes);
  return { ...filterGradient(runtime, x, dy, geometry), shape: attributes.filterShape };
};
