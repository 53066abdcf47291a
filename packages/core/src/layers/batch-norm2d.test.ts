import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { registerGradients } from '../gradients/register.ts';
import { initialize } from '../initialize.ts';
import type { Mode } from '../mode.ts';
import { module } from '../module.ts';
import { relu, silu } from '../ops/activations.ts';
import { stateDict } from '../state-dict.ts';
import { trace } from '../trace.ts';
import { activatedNorm, batchNorm2d } from './batch-norm2d.ts';
import { groupNorm } from './group-norm.ts';

registerGradients();

const x = tf.randomNormal([2, 3, 3, 4], 1, 2, 'float32', 1);
const weights = tf.randomNormal([2, 3, 3, 4], 0, 1, 'float32', 2);

/** Result, gradients of the input and both parameters, and the state after the pass. */
async function pass(
  both: 'at once' | 'in turn',
  { mode, change = () => {} }: { mode: Mode; change?: (norm: ReturnType<typeof made>) => void },
) {
  const norm = made();
  change(norm);
  const forward = (input: tf.Tensor) => (both === 'at once' ? norm.rectified(input, mode) : relu(norm.forward(input, mode)));
  const { value, grads } = tf
    .engine()
    .gradients(() => tf.sum(tf.mul(forward(x), weights)), [x, norm.weight.variable, norm.bias.variable], undefined, true);
  return { value: value.dataSync(), grads: grads.map((g) => g?.dataSync()), state: await stateDict(norm), y: forward(x).dataSync() };
}

function made() {
  const norm = batchNorm2d(4);
  initialize(norm, { seed: 1 });
  norm.weight.assign(Float32Array.of(1, -2, 0.5, 3));
  norm.bias.assign(Float32Array.of(0.1, 0, -1, 0.3));
  return norm;
}

test.each<[string, Parameters<typeof pass>[1]]>([
  ['training', { mode: 'train' }],
  ['a step with a seed', { mode: { seed: 1 } }],
  ['a replay, which moves no statistics', { mode: { replay: 'train' } }],
  ['eval', { mode: 'eval' }],
  ['a frozen norm', { mode: 'train', change: (norm) => (norm.frozen = true) }],
  [
    'a norm that somebody gave another forward pass',
    { mode: 'train', change: (norm) => Object.assign(norm, { forward: (x: tf.Tensor) => tf.mul(x, norm.weight.variable) }) },
  ],
  ['a recomputed norm', { mode: 'train', change: (norm) => (norm.recomputed = true) }],
])('a norm and its ReLU at once are the two in turn, to the last bit: %s', async (_, options) => {
  expect(await pass('at once', options)).toEqual(await pass('in turn', options));
});

test('a forgotten mode is refused', () => {
  expect(() => made().rectified(x, undefined as unknown as Mode)).toThrow("must be 'eval'");
});

test('other activations and norms run in turn, and a written-down pass shows both', () => {
  const norm = made();
  expect(activatedNorm(silu)(norm, x, 'eval').dataSync()).toEqual(silu(norm.forward(x, 'eval')).dataSync());
  const other = groupNorm(4, { groups: 2 });
  initialize(other, { seed: 1 });
  expect(activatedNorm(relu)(other, x, 'train').dataSync()).toEqual(relu(other.forward(x, 'train')).dataSync());
  const both = module('both', { norm }, (m, input, mode) => activatedNorm(relu)(m.norm, input, mode));
  expect(trace(both, [1, 2, 2, 4]).nodes.map(({ op }) => op)).toEqual(['input', 'batchNorm', 'relu']);
});
