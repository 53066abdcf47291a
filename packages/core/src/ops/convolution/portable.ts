import * as tf from '@tensorflow/tfjs-core';
import type { Padding, Pair, Window } from '../window.ts';
import { fit, insertZeros } from './scatter.ts';

// Convolution and both its gradients out of tfjs' forward Conv2D alone, which every backend has; stock
// Conv2DBackpropFilter is missing on WASM, and no backend knows groups.

export interface Conv2DAttributes extends Window {
  /** Input and output channels are split into this many groups that do not see each other: the cardinality of ResNeXt. */
  readonly groups: number;
}

export interface Convolved {
  /** `[N,H,W,C]` */
  readonly x: tf.Tensor4D;
  /** `[kh,kw,C/groups,O]` */
  readonly filter: tf.Tensor4D;
}

type Shape4D = readonly [number, number, number, number];

const isDepthwise = (channels: number, filter: tf.Tensor4D, groups: number) => groups === channels && filter.shape[2] === 1 && groups > 1;

export function convolve({ x, filter }: Convolved, { strides, pad, dilations, groups }: Conv2DAttributes): tf.Tensor4D {
  if (isDepthwise(x.shape[3], filter, groups)) {
    const [kh, kw, , outC] = filter.shape;
    return valid(padded(x, pad), tf.reshape(filter, [kh, kw, groups, outC / groups]), strides, dilations, tf.depthwiseConv2d);
  }
  return valid(padded(x, pad), blockDiagonal(filter, groups), strides, dilations, tf.conv2d);
}

export interface InputGradientInputs {
  /** `[N,H',W',O]` */
  readonly dy: tf.Tensor4D;
  readonly filter: tf.Tensor4D;
}

export interface InputGradientAttributes extends Conv2DAttributes {
  readonly inputShape: Shape4D;
}

/** dL/dx: `dy` with `strides` of zeros between its pixels, convolved with the filter turned by half a turn. */
export function inputGradient(
  { dy, filter }: InputGradientInputs,
  { strides, pad, dilations, groups, inputShape }: InputGradientAttributes,
): tf.Tensor4D {
  const [kh, kw] = filter.shape;
  const [, h, w, c] = inputShape;
  const [spanH, spanW] = [dilations[0] * (kh - 1), dilations[1] * (kw - 1)];
  // Where the forward pass left pixels at the bottom or right unread, they come out as zeros here.
  const grown = fit(insertZeros(dy, strides), h + pad[0] + pad[1] - spanH, w + pad[2] + pad[3] - spanW);
  const full = padded(grown, [spanH, spanH, spanW, spanW]);
  const turned = tf.reverse(filter, [0, 1]);
  const gradient = isDepthwise(c, filter, groups)
    ? depthwiseInputGradient(full, turned, groups, dilations)
    : valid(full, transposed(turned, groups), [1, 1], dilations, tf.conv2d);
  return tf.slice(gradient, [0, pad[0], pad[2], 0], [inputShape[0], h, w, c]);
}

export interface FilterGradientInputs {
  /** `[N,H,W,C]` */
  readonly x: tf.Tensor4D;
  /** `[N,H',W',O]` */
  readonly dy: tf.Tensor4D;
}

export interface FilterGradientAttributes extends Conv2DAttributes {
  readonly filterShape: Shape4D;
}

/** dL/dfilter: the input convolved with `dy`, batch and channels swapped, dilation and strides swapped. */
export function filterGradient(
  { x, dy }: FilterGradientInputs,
  { strides, pad, dilations, filterShape, groups }: FilterGradientAttributes,
): tf.Tensor4D {
  const [kh, kw, inC, outC] = filterShape;
  const [, oh, ow] = dy.shape;
  const image = padded(x, pad);
  // Only the pixels that some window read; the rest would make the result larger than the filter.
  const read = fit(image, strides[0] * (oh - 1) + dilations[0] * (kh - 1) + 1, strides[1] * (ow - 1) + dilations[1] * (kw - 1) + 1);
  const swapped = valid(tf.transpose(read, [3, 1, 2, 0]), tf.transpose(dy, [1, 2, 0, 3]), dilations, strides, tf.conv2d); // [C,kh,kw,O]
  const dense = tf.transpose(swapped, [1, 2, 0, 3]); // [kh,kw,C,O]
  if (groups === 1) return dense;
  const blocks = tf.reshape(dense, [kh * kw, groups, inC, outC]);
  return tf.reshape(tf.sum(tf.mul(blocks, groupMask(groups, outC)), 1), [kh, kw, inC, outC]);
}

const padded = (x: tf.Tensor4D, [t, b, l, r]: Padding): tf.Tensor4D =>
  t || b || l || r
    ? tf.pad(x, [
        [0, 0],
        [t, b],
        [l, r],
        [0, 0],
      ])
    : x;

type Convolution = (
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  strides: [number, number],
  pad: 'valid',
  format: 'NHWC',
  dilations: [number, number],
) => tf.Tensor4D;

/** tfjs takes strides or dilations, not both: with both, the strides are taken from the dense result. */
function valid(x: tf.Tensor4D, filter: tf.Tensor4D, strides: Pair, dilations: Pair, convolution: Convolution): tf.Tensor4D {
  const dilated = dilations[0] > 1 || dilations[1] > 1;
  const strided = strides[0] > 1 || strides[1] > 1;
  const y = convolution(x, filter, dilated ? [1, 1] : [...strides], 'valid', 'NHWC', [...dilations]);
  return dilated && strided ? (tf.stridedSlice(y, [0, 0, 0, 0], y.shape, [1, ...strides, 1]) as tf.Tensor4D) : y;
}

/** 1 where output channel o belongs to group g: `[groups,1,O]`. */
function groupMask(groups: number, outC: number): tf.Tensor3D {
  const mask = new Float32Array(groups * outC);
  const size = outC / groups;
  for (let g = 0; g < groups; g++) mask.fill(1, g * outC + g * size, g * outC + (g + 1) * size);
  return tf.tensor3d(mask, [groups, 1, outC]);
}

/**
 * A grouped filter as the dense one with zeros between groups: `groups` times the arithmetic, but one convolution.
 * Backends with a grouped kernel never come here.
 */
function blockDiagonal(filter: tf.Tensor4D, groups: number): tf.Tensor4D {
  if (groups === 1) return filter;
  const [kh, kw, inC, outC] = filter.shape;
  const blocks = tf.mul(tf.reshape(filter, [kh * kw, 1, inC, outC]), groupMask(groups, outC)); // [kh*kw,groups,C/groups,O]
  return tf.reshape(blocks, [kh, kw, groups * inC, outC]);
}

/** Inputs and outputs of a filter swapped: `[kh,kw,C/groups,O]` to the dense `[kh,kw,O,C]`. */
const transposed = (filter: tf.Tensor4D, groups: number): tf.Tensor4D => tf.transpose(blockDiagonal(filter, groups), [0, 1, 3, 2]);

function depthwiseInputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, groups: number, dilations: Pair): tf.Tensor4D {
  const [kh, kw, , outC] = filter.shape;
  const perChannel = outC / groups;
  const separate = valid(dy, tf.reshape(filter, [kh, kw, outC, 1]), [1, 1], dilations, tf.depthwiseConv2d);
  if (perChannel === 1) return separate;
  const [n, h, w] = separate.shape;
  return tf.reshape(tf.sum(tf.reshape(separate, [n * h * w, groups, perChannel]), 2), [n, h, w, groups]);
}
