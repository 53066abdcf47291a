import type * as tf from '@tensorflow/tfjs-core';
import { operation } from '../op.ts';
import { type Conv2DAttributes, conv2dOperation } from './conv2d.ts';
import { standardize } from './norm.ts';

/**
 * Convolution by filters that are brought to mean 0 and variance 1 for each output channel before. Inputs and result as
 * those of `conv2d`.
 *
 * @see Qiao et al. 2019, https://arxiv.org/abs/1903.10520
 */
export const standardizedConv2d = operation<Conv2DAttributes & { readonly epsilon: number }>({
  ...conv2dOperation,
  name: 'standardizedConv2d',
  run: ([x, filter, ...bias], { epsilon, ...attributes }) =>
    conv2dOperation.run([x as tf.Tensor, standardize({ x: filter as tf.Tensor }, { axes: [0, 1, 2], epsilon }), ...bias], attributes),
});
