import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../../errors.ts';
import { differentiable, kernel, type Operation, operation } from '../../op.ts';
import { checkPerChannel, imageHint, imageShape } from '../image-shape.ts';
import { standardize } from '../norm.ts';
import { slide } from '../window.ts';
import {
  type Conv2DAttributes,
  type Convolved,
  convolve,
  type FilterGradientInputs,
  filterGradient,
  type InputGradientInputs,
  inputGradient,
} from './portable.ts';

const operationOfConv2d: Operation<Conv2DAttributes> = {
  name: 'conv2d',
  shape([x = [], filter = [], bias], attributes) {
    const { groups } = attributes;
    const [n, h, w, c] = imageShape('conv2d', x);
    const [kh = 0, kw = 0, inC = 0, outC = 0, ...more] = filter;
    if (kh * kw * inC * outC === 0 || more.length || outC % groups)
      throw new ShapeError(`conv2d: the filter [${filter.join(',')}] is no [kh,kw,C/groups,O] of ${groups} group(s).`);
    if (c !== inC * groups)
      throw new ShapeError(
        `conv2d: the input has ${c} channels [${x.join(',')}] but the filter [${filter.join(',')}] with ${groups} group(s) takes ${inC * groups}.${imageHint(x, inC * groups)}`,
      );
    if (bias) checkPerChannel('conv2d', 'bias', bias, outC);
    return [n, ...slide('conv2d', [h, w], [kh, kw], attributes), outC];
  },
  macs: ([n = 1, h = 1, w = 1, o = 1], [, filter = []]) => n * h * w * o * (filter[0] ?? 1) * (filter[1] ?? 1) * (filter[2] ?? 1),
  run([x, filter, bias], attributes) {
    const inputs = { x: x as tf.Tensor4D, filter: filter as tf.Tensor4D };
    const y = learnFilter({ y: learnInput(inputs, attributes), ...inputs }, attributes);
    return bias ? tf.add(y, bias) : y;
  },
};

/**
 * Convolution with explicit padding, strides, dilation and groups.
 *
 * Inputs: x `[N,H,W,C]`, filter `[kh,kw,C/groups,O]`, and optionally a bias `[O]`. Result `[N,H',W',O]`.
 * A backend may register `ResNetConv2D`, `ResNetConv2DBackpropInput` and `ResNetConv2DBackpropFilter`.
 */
export const conv2d = operation(operationOfConv2d);

/**
 * Convolution by filters that are brought to mean 0 and variance 1 for each output channel before. Inputs and result as
 * those of `conv2d`.
 *
 * @see Qiao et al. 2019, https://arxiv.org/abs/1903.10520
 */
export const standardizedConv2d = operation<Conv2DAttributes & { readonly epsilon: number }>({
  ...operationOfConv2d,
  name: 'standardizedConv2d',
  run: ([x, filter, ...bias], { epsilon, ...attributes }) => {
    const standardized = standardize({ x: filter as tf.Tensor }, { axes: [0, 1, 2], epsilon });
    return operationOfConv2d.run([x as tf.Tensor, standardized, ...bias], attributes);
  },
});

const forward = kernel('ResNetConv2D', (inputs: Convolved, attributes: Conv2DAttributes & { readonly activation: 'linear' }) =>
  convolve(inputs, attributes),
);
const towardsInput = kernel('ResNetConv2DBackpropInput', inputGradient);
const towardsFilter = kernel('ResNetConv2DBackpropFilter', filterGradient);

// Two tape nodes, so that tfjs prunes the input's gradient where nobody wants it: a network's first convolution
// would otherwise spend as much on the gradient of the image as on that of its filter.

const learnInput = differentiable<Conv2DAttributes, Convolved, InputGradientInputs>({
  constants: ['filter'],
  forward: (inputs, attributes) => forward(inputs, { ...attributes, activation: 'linear' }),
  saved: ({ filter }) => ({ filter }),
  backward: (given, attributes, { x }) => towardsInput(given, { ...attributes, inputShape: x }),
});

const learnFilter = differentiable<Conv2DAttributes, Convolved & { readonly y: tf.Tensor }, FilterGradientInputs>({
  constants: ['x'],
  forward: ({ y }) => tf.clone(y),
  saved: ({ x }) => ({ x }),
  backward: (given, attributes, { filter }) => [tf.clone(given.dy), ...towardsFilter(given, { ...attributes, filterShape: filter })],
});
