import * as tf from '@tensorflow/tfjs-core';
import { kernel, type NoAttributes, operation } from '../op.ts';

/**
 * What a block's convolutions are followed by: `'relu'` as in the papers; `'silu'`, x·sigmoid(x), also called swish;
 * `'gelu'`, x·Φ(x) with the normal distribution itself, not its tanh approximation.
 */
export type Activation = 'relu' | 'silu' | 'gelu';

interface ReluGradient {
  readonly dy: tf.Tensor;
  /** The ReLU's own result. */
  readonly y: tf.Tensor;
}

/** A factor of a ReLU's argument, or of a part of it. */
export interface Factor {
  readonly factor?: number;
}

/**
 * `dy` where `y` is positive, 0 elsewhere: the gradient of a ReLU by its own result, as torch has it; with a factor also that many times
 * it. A backend may register `ResNetReluGrad`.
 */
export const reluGradient = kernel('ResNetReluGrad', ({ dy, y }: ReluGradient, { factor }: Factor) => {
  const gradient = tf.mul(dy, tf.step(y));
  return factor === undefined ? gradient : [gradient, tf.mul(gradient, factor)];
});

export const reluOperation = operation<NoAttributes, { readonly x: tf.Tensor }, ReluGradient>({
  name: 'relu',
  inputs: ['x'],
  shape: ([x = []]) => x,
  forward: ({ x }) => tf.relu(x),
  saved: (_, [y]) => ({ y: y as tf.Tensor }),
  backward: reluGradient,
});

/** max(x, 0), elementwise. */
export const relu = (x: tf.Tensor): tf.Tensor => reluOperation([x], {});

/** An elementwise function with its derivative by its input. */
const elementwise = (name: string, f: (x: tf.Tensor) => tf.Tensor, derivative: (x: tf.Tensor) => tf.Tensor) =>
  operation<NoAttributes, { readonly x: tf.Tensor }, { readonly dy: tf.Tensor; readonly x: tf.Tensor }>({
    name,
    inputs: ['x'],
    shape: ([x = []]) => x,
    forward: ({ x }) => f(x),
    saved: ({ x }) => ({ x }),
    backward: ({ dy, x }) => tf.mul(dy, derivative(x)),
  });

export const sigmoidOperation = elementwise('sigmoid', tf.sigmoid, (x) => {
  const y = tf.sigmoid(x);
  return tf.mul(y, tf.sub(1, y));
});

/** 1 / (1 + exp(-x)), elementwise: what a channel attention's gate is. */
export const sigmoid = (x: tf.Tensor): tf.Tensor => sigmoidOperation([x], {});

export const siluOperation = elementwise(
  'silu',
  (x) => tf.mul(x, tf.sigmoid(x)),
  (x) => {
    const y = tf.sigmoid(x);
    return tf.mul(y, tf.add(1, tf.mul(x, tf.sub(1, y))));
  },
);

/** x·sigmoid(x), elementwise. @see Elfwing et al. 2017, https://arxiv.org/abs/1702.03118 */
export const silu = (x: tf.Tensor): tf.Tensor => siluOperation([x], {});

/** Φ, the normal distribution's cumulative function. */
const cumulative = (x: tf.Tensor): tf.Tensor => tf.mul(0.5, tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))));
const density = (x: tf.Tensor): tf.Tensor => tf.mul(1 / Math.sqrt(2 * Math.PI), tf.exp(tf.mul(-0.5, tf.square(x))));

export const geluOperation = elementwise(
  'gelu',
  (x) => tf.mul(x, cumulative(x)),
  (x) => tf.add(cumulative(x), tf.mul(x, density(x))),
);

/** x·Φ(x), elementwise. @see Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415 */
export const gelu = (x: tf.Tensor): tf.Tensor => geluOperation([x], {});

const functions: Readonly<Record<Activation, (x: tf.Tensor) => tf.Tensor>> = { relu, silu, gelu };

/** An activation by its name in a config. */
export const activation = (name: Activation): ((x: tf.Tensor) => tf.Tensor) => functions[name];
