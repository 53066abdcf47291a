import * as tf from '@tensorflow/tfjs-core';
import { fastKernel } from '../op.ts';
import type { Conv2DAttributes } from '../ops/convolution/portable.ts';
import { convolve } from '../ops/convolution/portable.ts';

export interface FusedInputs {
  /** `[N,H,W,C]` */
  readonly x: tf.Tensor4D;
  /** `[kh,kw,C/groups,O]` */
  readonly filter: tf.Tensor4D;
  /** `[O]` */
  readonly bias: tf.Tensor1D;
  /** Added before the activation; of the result's shape. */
  readonly residual?: tf.Tensor4D;
}

/**
 * Convolution, bias, residual and ReLU in one pass where the backend can (`ResNetConv2D`, or tfjs' fused one), in
 * several where not. Has no gradient.
 */
export function fusedConv2D(
  { x, filter, bias, residual }: FusedInputs,
  attributes: Conv2DAttributes,
  activation: 'linear' | 'relu',
): tf.Tensor {
  const inputs = { x, filter, bias, ...(residual && { residual }) };
  // Nobody but the predictor has the filter.
  const fast = fastKernel('ResNetConv2D', inputs, { ...attributes, activation, privateFilter: true })?.[0];
  if (fast) return fast;
  const { strides, pad, dilations, groups } = attributes;
  const stridesAndDilates = Math.max(...strides) > 1 && Math.max(...dilations) > 1; // which tfjs refuses
  if (groups > 1 || stridesAndDilates) return finish(tf.add(convolve({ x, filter }, attributes), bias), residual, activation);
  const fused = tf.fused.conv2d({
    x,
    filter,
    strides: [...strides],
    pad: [
      [0, 0],
      [pad[0], pad[1]],
      [pad[2], pad[3]],
      [0, 0],
    ],
    dilations: [...dilations],
    bias,
    activation: residual ? 'linear' : activation,
  });
  return residual ? finish(fused, residual, activation) : fused;
}

function finish(y: tf.Tensor, residual: tf.Tensor | undefined, activation: 'linear' | 'relu'): tf.Tensor {
  const sum = residual ? tf.add(y, residual) : y;
  return activation === 'relu' ? tf.relu(sum) : sum;
}
