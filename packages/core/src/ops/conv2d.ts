import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { fastKernel, type Operation, operation } from '../op.ts';
import { convolve, filterGradient, inputGradient } from './conv2d-portable.ts';
import { imageHint } from './image-hint.ts';
import { checkPerChannel, imageShape, slide, type Window } from './window.ts';

export interface Conv2DAttributes extends Window {
  /** Input and output channels are split into this many groups that do not see each other: the cardinality of ResNeXt. */
  readonly groups: number;
}

export const conv2dOperation: Operation<Conv2DAttributes> = {
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
    const [image, weight] = [x as tf.Tensor4D, filter as tf.Tensor4D];
    const y = learnFilter(image, attributes)(learnInput(weight, attributes)(image), weight);
    return bias ? tf.add(y, bias) : y;
  },
};

/**
 * Convolution with explicit padding, strides, dilation and groups.
 *
 * Inputs: x `[N,H,W,C]`, filter `[kh,kw,C/groups,O]`, and optionally a bias `[O]`. Result `[N,H',W',O]`.
 * A backend may register `ResNetConv2D`, `ResNetConv2DBackpropInput` and `ResNetConv2DBackpropFilter`.
 */
export const conv2d = operation(conv2dOperation);

// Two tape nodes, so that tfjs prunes the input's gradient where nobody wants it: a network's first convolution
// would otherwise spend as much on the gradient of the image as on that of its filter.

const learnInput = (filter: tf.Tensor4D, attributes: Conv2DAttributes) =>
  tf.customGrad((image, save) => {
    const x = image as tf.Tensor4D;
    (save as tf.GradSaveFunc)([filter]);
    const inputShape = x.shape;
    return {
      value: fastKernel('ResNetConv2D', { x, filter }, { ...attributes, activation: 'linear' })?.[0] ?? convolve(x, filter, attributes),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const inputs = { dy: dy as tf.Tensor4D, filter: saved[0] as tf.Tensor4D };
        return (
          fastKernel('ResNetConv2DBackpropInput', inputs, { ...attributes, inputShape })?.[0] ??
          inputGradient(inputs.dy, inputs.filter, { ...attributes, inputShape })
        );
      },
    };
  }) as (x: tf.Tensor4D) => tf.Tensor;

const learnFilter = (x: tf.Tensor4D, attributes: Conv2DAttributes) =>
  tf.customGrad((y, filter, save) => {
    const filterShape = (filter as tf.Tensor4D).shape;
    (save as tf.GradSaveFunc)([x]);
    return {
      value: tf.clone(y as tf.Tensor),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const inputs = { x: saved[0] as tf.Tensor4D, dy: dy as tf.Tensor4D };
        return [
          tf.clone(dy),
          fastKernel('ResNetConv2DBackpropFilter', inputs, { ...attributes, filterShape })?.[0] ??
            filterGradient(inputs.x, inputs.dy, { ...attributes, filterShape }),
        ];
      },
    };
  }) as (y: tf.Tensor, filter: tf.Tensor4D) => tf.Tensor;
