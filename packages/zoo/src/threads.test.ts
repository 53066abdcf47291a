import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, optimizeForInference } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';
import { digest, gradientDigests } from './digests.testing.ts';
import { createModel } from './index.ts';

// Whole networks, with their gradients, on one thread and on three.
vi.setConfig({ testTimeout: 60_000 });

/** Digests of the logits, as users predict, of the loss and of every gradient. */
async function compute(network: string, size: number, threads: number): Promise<Record<string, string>> {
  const backend = await useWasm({ threads });
  const model = createModel(network, { seed: 1 });
  const images = tf.randomNormal<tf.Rank.R4>([2, size, size, 3], 0, 1, 'float32', 2);
  const predictor = optimizeForInference(model, images.shape);
  const logits = predictor.forward(images, 'eval');
  const found = { logits: digest((await logits.data()) as Float32Array), ...(await gradientDigests(model, images)) };
  predictor.dispose();
  tf.dispose([images, logits]);
  dispose(model);
  backend.dispose();
  return found;
}

test.each([
  ['resnet18', 64],
  ['seresnext26d_32x4d', 32],
  ['densenet40_12_cifar', 16],
])('logits and gradients of %s at %i pixels are the same bits on three threads as on one', async (network, size) => {
  const one = await compute(network, size, 1);
  expect(Object.keys(one).length).toBeGreaterThan(50);
  expect(await compute(network, size, 3)).toEqual(one);
});
