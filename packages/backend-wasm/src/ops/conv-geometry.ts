import * as tf from '@tensorflow/tfjs-core';
import { KernelInputError } from '../kernel-input-error.ts';
import { expectRank, expectWhole } from './expect.ts';

/**
 * A two-dimensional convolution of NHWC images by an HWIO filter; every number a count of elements.
 *
 * The one place that says what windows may read: a window begins at `i * stride - top`, and with `top`, `bottom`, `left` and `right` zeros
 * around an image every window lies inside. What an input has beyond its last window is not read.
 */
export interface ConvGeometry {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly groups: number;
}

/** The attributes of our own convolution kernels. */
export interface ConvAttributes {
  readonly strides: readonly [number, number];
  /** Top, bottom, left, right. */
  readonly pad: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
  readonly groups: number;
}

const reach = (kernel: number, dilation: number) => (kernel - 1) * dilation + 1;

const outputSize = (size: number, pads: number, kernel: number, stride: number, dilation: number) =>
  Math.floor((size + pads - reach(kernel, dilation)) / stride) + 1;

/** Zeros after `size` pixels, so that the last of `out` windows lies inside. */
const after = (size: number, before: number, out: number, kernel: number, stride: number, dilation: number) =>
  Math.max(0, (out - 1) * stride + reach(kernel, dilation) - before - size);

/**
 * @param inShape `[N,H,W,C]`
 * @param filterShape `[kh,kw,C/groups,O]`
 * @param out the result's height and width, where they are not what the padding at the end leaves room for
 * @throws KernelInputError if these cannot be a convolution's
 */
export function convGeometry(
  inShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations, groups }: ConvAttributes,
  out?: readonly [height: number, width: number],
): ConvGeometry {
  expectRank({ input: { shape: inShape } }, '[N,H,W,C]');
  expectRank({ filter: { shape: filterShape } }, '[height,width,C/groups,O]');
  expectWhole({ strides, dilations }, 2, 1);
  expectWhole({ pad }, 4, 0);
  expectWhole({ groups }, 1, 1);
  const [batch, inHeight, inWidth, inChannels] = inShape as [number, number, number, number];
  const [kernelHeight, kernelWidth, groupIn, outChannels] = filterShape as [number, number, number, number];
  expectWhole({ 'size of the filter': filterShape.slice(0, 3) }, 3, 1);
  if (groupIn * groups !== inChannels || outChannels % groups !== 0)
    throw new KernelInputError(
      `filter: expected [height,width,${inChannels / groups},a multiple of ${groups}], for ${inChannels} channels in groups: ${groups}, ` +
        `but received [${filterShape.join()}]`,
    );
  const [strideHeight, strideWidth] = strides;
  const [dilationHeight, dilationWidth] = dilations;
  const [top, , left] = pad;
  const [outHeight, outWidth] = out ?? [
    outputSize(inHeight, pad[0] + pad[1], kernelHeight, strideHeight, dilationHeight),
    outputSize(inWidth, pad[2] + pad[3], kernelWidth, strideWidth, dilationWidth),
  ];
  expectWhole({ 'height and width of the result': [outHeight, outWidth] }, 2, 0);
  return {
    ...{ batch, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, kernelHeight, kernelWidth },
    ...{ strideHeight, strideWidth, dilationHeight, dilationWidth, groups },
    ...{ top, bottom: after(inHeight, top, outHeight, kernelHeight, strideHeight, dilationHeight) },
    ...{ left, right: after(inWidth, left, outWidth, kernelWidth, strideWidth, dilationWidth) },
  };
}

export const inputShape = (g: ConvGeometry): number[] => [g.batch, g.inHeight, g.inWidth, g.inChannels];
export const outputShape = (g: ConvGeometry): number[] => [g.batch, g.outHeight, g.outWidth, g.outChannels];
export const filterShape = (g: ConvGeometry): number[] => [g.kernelHeight, g.kernelWidth, g.inChannels / g.groups, g.outChannels];

/** How tfjs says where windows are: of Conv2D, DepthwiseConv2dNative, MaxPool, AvgPool and their gradients. */
export interface StockWindows {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * The geometry that tfjs means. Its rounding modes, and numeric padding, for which it looks at heights alone, give results that are larger
 * or smaller than the padding leaves room for.
 *
 * @param groups more than 1 is tfjs' depthwise convolution, whose filter `[kh,kw,C,m]` lies in memory as `[kh,kw,1,C*m]`
 */
export function stockGeometry(
  inShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations = 1, dimRoundingMode }: StockWindows,
  groups = 1,
): ConvGeometry {
  expectRank({ input: { shape: inShape } }, '[N,H,W,C]');
  expectRank({ filter: { shape: filterShape } }, '[height,width,C/groups,O]');
  for (const [name, value] of Object.entries({ strides, dilations }))
    if (typeof value !== 'number' && !Array.isArray(value))
      throw new KernelInputError(`${name}: expected one or two numbers but received ${JSON.stringify(value) ?? 'nothing'}`);
  const info = tf.backend_util.computeConv2DInfo(
    inShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  const { top, bottom, left, right } = info.padInfo;
  return convGeometry(
    inShape,
    filterShape,
    {
      strides: [info.strideHeight, info.strideWidth],
      pad: [top, bottom, left, right],
      dilations: [info.dilationHeight, info.dilationWidth],
      groups,
    },
    // + 0, for rounding makes -0 of what is a little too small
    [info.outHeight + 0, info.outWidth + 0],
  );
}
