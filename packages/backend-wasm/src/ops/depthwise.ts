import type { KernelImplementation } from '../registration.ts';
import type { Runtime } from '../runtime.ts';
import { type ConvGeometry, type StockWindows, stockGeometry } from './conv-geometry.ts';
import { expectRank, required } from './expect.ts';
import { filterGradient } from './filter-gradient.ts';
import { inputGradient } from './input-gradient.ts';
import { padImages } from './zeros.ts';

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
  runtime.run('depthwise', g.batch * g.outHeight, {
    ...g,
    ...call,
    x,
    residual: call.residual && call.residual - call.y,
    ...{ height: g.top + g.inHeight + g.bottom, width: g.left + g.inWidth + g.right, channels: g.inChannels },
  });
}

/** A depthwise filter `[kh,kw,C,m]` lies in memory as a grouped one, `[kh,kw,1,C*m]` with C groups. */
export function grouped(shape: readonly number[]) {
  expectRank({ filter: { shape } }, '[height,width,C,multiplier]');
  const [kh, kw, channels, multiplier] = shape as [number, number, number, number];
  return { shape: [kh, kw, 1, channels * multiplier], groups: channels };
}

/** tfjs-backend-wasm has neither gradient of a depthwise convolution. */
export const depthwiseBackpropInput: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { dy, filter } = required(inputs, 'dy', 'filter');
  const { inputShape, ...windows } = attrs as StockWindows & { inputShape: number[] };
  const { shape, groups } = grouped(filter.shape);
  return inputGradient(runtime, dy, { ...filter, shape }, stockGeometry(inputShape, shape, windows, groups));
};

export const depthwiseBackpropFilter: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { x, dy } = required(inputs, 'x', 'dy');
  const { filterShape, ...windows } = attrs as StockWindows & { filterShape: number[] };
  const { shape, groups } = grouped(filterShape);
  return { ...filterGradient(runtime, x, dy, stockGeometry(x.shape, shape, windows, groups)), shape: [...filterShape] };
};
