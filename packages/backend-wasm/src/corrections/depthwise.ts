import { isFloat, sizeOf } from '../ops/chunks.ts';
import { type StockWindows, stockGeometry } from '../ops/conv-geometry.ts';
import { convolution } from '../ops/convolution.ts';
import { grouped } from '../ops/depthwise.ts';
import { required } from '../ops/expect.ts';
import type { KernelImplementation } from '../registration.ts';
import { activated } from './activation.ts';

/**
 * tfjs' DepthwiseConv2dNative and FusedDepthwiseConv2D as a grouped convolution. XNNPACK, which tfjs calls, leaves zeros where a filter of
 * one row or column has strides, and writes beyond its result where the filter is larger than the image.
 */
export const depthwiseConv2d: KernelImplementation = (call) => {
  const { inputs, attrs, runtime } = call;
  const { x, filter } = required(inputs, 'x', 'filter');
  const { bias, preluActivationWeights } = inputs;
  const { dataFormat, dilations, ...windows } = attrs as StockWindows;
  if (!isFloat(x, filter, bias, preluActivationWeights) || dataFormat === 'NCHW') return call.stock();
  const { activation } = attrs as { activation?: string };
  const { shape, groups } = grouped(filter.shape);
  const geometry = stockGeometry(x.shape, shape, { ...windows, dilations: dilations ?? 1 }, groups); // tfjs-layers gives null
  if (bias && sizeOf(bias) !== geometry.outChannels) return call.stock();
  if (activation === 'relu' || activation === 'relu6') return convolution(runtime, x, { ...filter, shape }, geometry, { bias, activation });
  return activated(convolution(runtime, x, { ...filter, shape }, geometry, { bias }), call);
};
