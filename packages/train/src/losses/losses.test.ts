import '@tensorflow/tfjs-backend-cpu';
import { readFileSync } from 'node:fs';
import { registerGradients } from '@resnetjs/core';
import { leakedTensors, relativeError } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { type BinaryCrossEntropyOptions, binaryCrossEntropy } from './binary-cross-entropy.ts';
import { type CrossEntropyOptions, crossEntropy } from './cross-entropy.ts';
import type { Targets } from './targets.ts';

interface Case {
  readonly loss: 'crossEntropy' | 'binaryCrossEntropy';
  readonly options: CrossEntropyOptions & BinaryCrossEntropyOptions;
  readonly shape: [number, number];
  readonly logits: number[];
  readonly targets: number[];
  readonly value: number;
  readonly gradient: number[];
}

const { cases } = JSON.parse(readFileSync(new URL('../../golden/losses.json', import.meta.url), 'utf8')) as { cases: Case[] };
const losses = { crossEntropy, binaryCrossEntropy };

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

test.each(cases.map((c, i) => [`${i}: ${c.loss} ${JSON.stringify(c.options)}`, c] as const))(
  "%s has PyTorch's value and gradient",
  async (_, { loss, options, shape, logits, targets, value, gradient }) => {
    const given: Targets = targets.length === shape[0] ? targets : Float32Array.from(targets);
    const leaked = await leakedTensors(async () => {
      const x = tf.tensor2d(logits, shape);
      const result = tf.valueAndGrad((z: tf.Tensor) => losses[loss](z as tf.Tensor2D, given, options))(x);
      expect(relativeError(await result.value.data(), [value])).toBeLessThan(1e-6);
      expect(relativeError(await result.grad.data(), gradient)).toBeLessThan(1e-6);
      tf.dispose([x, result.value, result.grad]);
    });
    expect(leaked).toBe(0);
  },
);

const logits = () => tf.zeros([2, 3]) as tf.Tensor2D;

test('labels that are no class of the model are named with their position', () => {
  expect(() => crossEntropy(logits(), [0, 3])).toThrow('crossEntropy: label 3 at position 1 is not a whole number from 0 to 2');
  expect(() => crossEntropy(logits(), [-1, 0])).toThrow('label -1 at position 0');
  expect(() => binaryCrossEntropy(logits(), [0.5, 0])).toThrow('binaryCrossEntropy: label 0.5 at position 0');
  expect(() => crossEntropy(logits(), [0])).toThrow('2 rows of logits but 1 labels');
  expect(() => crossEntropy(logits(), new Float32Array(4))).toThrow('the logits are [2,3] but the distributions have 4 numbers');
});

test('options that do not fit the classes are refused', () => {
  expect(() => crossEntropy(logits(), [0, 1], { classWeights: [1, 2] })).toThrow('3 classes but 2 class weights');
  expect(() => crossEntropy(logits(), [0, 1], { classWeights: [1, Number.NaN, 1] })).toThrow(
    'the weight of class 1 must be a number from 0 but is NaN',
  );
  expect(() => crossEntropy(logits(), [0, 1], { labelSmoothing: 1.5 })).toThrow("'labelSmoothing' must be a number from 0 to 1 but is 1.5");
  expect(() => binaryCrossEntropy(logits(), [0, 1], { positiveWeights: [1] })).toThrow('3 classes but 1 positive weights');
});
