import { createHash } from 'node:crypto';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, parameters, stateDict } from '@resnetjs/core';
import { leakedTensors } from '@resnetjs/testing';
import { gradients, readGradient } from '@resnetjs/train';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { createModel, type ModelOptions } from './index.ts';

beforeAll(async () => {
  await useWasm();
});

const digest = (values: Float32Array): string => createHash('sha256').update(values).digest('hex');

/** Digests of the loss, of every gradient, and of the state after one training step. */
async function step(name: string, options: ModelOptions) {
  const model = createModel(name, { seed: 1, ...options });
  const images = tf.randomNormal<tf.Rank.R4>([2, 16, 16, 3], 0, 1, 'float32', 2);
  const { loss, grads } = gradients(model, images, [1, 2], { seed: 3 });
  const found: Record<string, string> = { loss: digest((await loss.data()) as Float32Array) };
  for (const [key, parameter] of parameters(model)) {
    const gradient = grads.get(key);
    if (gradient) found[`gradient of ${key}`] = digest(await readGradient(gradient, parameter));
  }
  for (const [key, { data }] of await stateDict(model)) found[key] = digest(data);
  tf.dispose([images, loss, [...grads.values()]]);
  dispose(model);
  return found;
}

test.each<[string, ModelOptions, boolean | number]>([
  ['resnet20_cifar', {}, 2],
  ['wrn16_8_cifar', { dropRate: 0.3 }, true],
  ['preact_resnet110_cifar', { dropRate: 0.1 }, 5],
  ['densenet40_12_cifar', { dropRate: 0.2 }, true],
  ['highway19_cifar', {}, 3],
])('a step of %s %o with checkpointing %s is the plain step, to the last bit', async (name, options, checkpointing) => {
  const plain = await step(name, options);
  const leaked = await leakedTensors(async () => {
    expect(await step(name, { ...options, checkpointing })).toEqual(plain);
  });
  expect(leaked).toBe(0);
});
