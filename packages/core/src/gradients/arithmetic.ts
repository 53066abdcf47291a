import * as tf from '@tensorflow/tfjs-core';
import { type Rule, unbroadcast } from './rule.ts';

type Pair = [a: tf.Tensor, b: tf.Tensor];

/** Elementwise operations on two operands with broadcasting. */
const binary = (kernelName: string, a: (dy: tf.Tensor, ab: Pair) => tf.Tensor, b: (dy: tf.Tensor, ab: Pair) => tf.Tensor): Rule => ({
  kernelName,
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved) => {
    const ab = saved as Pair;
    return { a: () => unbroadcast(a(dy, ab), ab[0].shape), b: () => unbroadcast(b(dy, ab), ab[1].shape) };
  },
});

/** Elementwise functions of x whose derivative is easiest from x. */
const ofInput = (kernelName: string, derivative: (x: tf.Tensor) => tf.Tensor): Rule => ({
  kernelName,
  inputsToSave: ['x'],
  gradFunc: (dy, [x]) => ({ x: () => tf.mul(dy, derivative(x as tf.Tensor)) }),
});

/** Elementwise functions of x whose derivative is easiest from their result y. */
const ofOutput = (kernelName: string, derivative: (y: tf.Tensor) => tf.Tensor): Rule => ({
  kernelName,
  outputsToSave: [true],
  gradFunc: (dy, [y]) => ({ x: () => tf.mul(dy, derivative(y as tf.Tensor)) }),
});

export const arithmetic: readonly Rule[] = [
  binary(
    tf.Add,
    (dy) => dy,
    (dy) => dy,
  ),
  binary(
    tf.Sub,
    (dy) => dy,
    (dy) => tf.neg(dy),
  ),
  binary(
    tf.Multiply,
    (dy, [, b]) => tf.mul(dy, b),
    (dy, [a]) => tf.mul(dy, a),
  ),
  binary(
    tf.RealDiv,
    (dy, [, b]) => tf.div(dy, b),
    (dy, [a, b]) => tf.neg(tf.div(tf.mul(dy, a), tf.square(b))),
  ),
  { kernelName: tf.Neg, gradFunc: (dy) => ({ x: () => tf.neg(dy) }) },
  ofInput(tf.Square, (x) => tf.mul(x, 2)),
  ofInput(tf.Log, (x) => tf.reciprocal(x)),
  ofInput(tf.Abs, (x) => tf.sign(x)),
  ofOutput(tf.Exp, (y) => y),
  ofOutput(tf.Sqrt, (y) => tf.div(0.5, y)),
  ofInput(tf.Rsqrt, (x) => tf.mul(-0.5, tf.div(tf.rsqrt(x), x))),
  ofOutput(tf.Sigmoid, (y) => tf.mul(y, tf.sub(1, y))),
  ofOutput(tf.Tanh, (y) => tf.sub(1, tf.square(y))),
  ofOutput(tf.Relu, (y) => tf.step(y)),
  ofInput(tf.Relu6, (x) => tf.mul(tf.cast(tf.lessEqual(x, 6), 'float32'), tf.step(x))),
  { kernelName: tf.Identity, gradFunc: (dy) => ({ x: () => tf.clone(dy) }) },
  { kernelName: tf.Cast, gradFunc: (dy) => ({ x: () => tf.cast(dy, 'float32') }) },
];
