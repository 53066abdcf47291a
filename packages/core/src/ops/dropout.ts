import * as tf from '@tensorflow/tfjs-core';
import { operation } from '../op.ts';
import { uniform } from '../random.ts';

export interface DropoutAttributes {
  /** How many are dropped, 0 to 1. */
  readonly rate: number;
  readonly seed: number;
  /** What is kept or dropped together: single values, each sample of the batch (its first axis), or everything. */
  readonly unit: 'value' | 'sample' | 'batch';
}

/**
 * Zeroes units of `x` at random and scales the rest by 1/(1 - rate), so that the expected value stays. Result as x.
 *
 * The mask is a function of the seed: the backward pass draws it again rather than keep it, and a forward pass that
 * is repeated there meets the same one.
 *
 * @see Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 */
export const dropout = operation<DropoutAttributes, { readonly x: tf.Tensor }>({
  name: 'dropout',
  inputs: ['x'],
  shape: ([x = []]) => x,
  forward: ({ x }, attributes) => tf.mul(x, mask(x.shape, attributes)),
  backward: ({ dy }, attributes, { x }) => tf.mul(dy, mask(x, attributes)),
});

/** 0 for what is dropped, 1/(1 - rate) for what stays: of the shape; `[N,1,…]` where samples are the unit, `[1,1,…]` where the batch is. */
function mask(shape: readonly number[], { rate, seed, unit }: DropoutAttributes): tf.Tensor {
  const size = unit === 'value' ? [...shape] : shape.map((d, i) => (i === 0 && unit === 'sample' ? d : 1));
  const next = uniform(seed);
  const kept = 1 / (1 - rate);
  const values = new Float32Array(size.reduce((product, d) => product * d, 1));
  for (let i = 0; i < values.length; i++) values[i] = next() < rate ? 0 : kept;
  return tf.tensor(values, size);
}
