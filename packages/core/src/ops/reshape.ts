import * as tf from '@tensorflow/tfjs-core';
import { operation } from '../op.ts';

const reshapeOperation = operation<{ readonly each: readonly number[] }>({
  name: 'reshape',
  shape: ([[n = 1] = []], { each }) => [n, ...each],
  run: ([x], { each }) => reshaped(each)(x as tf.Tensor),
});

const reshaped = (each: readonly number[]) =>
  tf.customGrad((input) => {
    const { shape } = input as tf.Tensor;
    return { value: tf.reshape(input as tf.Tensor, [shape[0] ?? 1, ...each]), gradFunc: (dy: tf.Tensor) => tf.reshape(dy, shape) };
  }) as (x: tf.Tensor) => tf.Tensor;

/** Everything of a sample in one row: `[N,H,W,C]` to `[N,H*W*C]`, in tfjs' order (torch flattens channels first). */
export const flatten = (x: tf.Tensor): tf.Tensor =>
  reshapeOperation([x], { each: [x.shape.slice(1).reduce((product, d) => product * d, 1)] });

/** A feature vector as an image of one pixel: `[N,C]` to `[N,1,1,C]`. */
export const asPixel = (x: tf.Tensor): tf.Tensor => reshapeOperation([x], { each: [1, 1, ...x.shape.slice(1)] });
