import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, stateDict } from '@resnetjs/core';
import { leakedTensors } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { digest, gradientDigests } from './digests.testing.ts';
import { createModel, type ModelOptions } from './index.ts';

beforeAll(async () => {
  await useWasm();
});

/** Digests of the loss, of every gradient, and of the state after one training step. */
async function step(name: string, options: ModelOptions) {
  const model = createModel(name, { seed: 1, ...options });
  const images = tf.randomNormal<tf.Rank.R4>([2, 16, 16, 3], 0, 1, 'float32', 2);
  const found = await gradientDigests(model, images);
  for (const [key, { data }] of await stateDict(model)) found[key] = digest(data);
  images.dispose();
  dispose(model);
  return found;
}

test.each<[string, ModelOptions, boolean | number]>([
  ['resnet20_cifar', {}, 2],
  ['wrn16_8_cifar', { dropRate: 0.3 }, true],
  ['preact_resnet110_cifar', { dropRate: 0.1 }, 5],
  ['densenet40_12_cifar', { dropRate: 0.2 }, true],
  ['highway19_cifar', {}, 3],
])('a step of %s %o with gradientCheckpointing %s is the plain step, to the last bit', async (name, options, gradientCheckpointing) => {
  const plain = await step(name, options);
  const leaked = await leakedTensors(async () => {
    expect(await step(name, { ...options, gradientCheckpointing })).toEqual(plain);
  });
  expect(leaked).toBe(0);
});
