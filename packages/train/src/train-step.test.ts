import '@tensorflow/tfjs-backend-cpu';
import { dispose, parameters, stateDict } from '@resnetjs/core';
import { failure, relativeError } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import type { Batch } from './batch.ts';
import { ema } from './optimizers/ema.ts';
import { sgd } from './optimizers/sgd.ts';
import { stripes, tinyNet } from './test/tiny-net.ts';
import { trainStep } from './train-step.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('learns, and keeps no tensors beyond those of the first step', async () => {
  const model = tinyNet();
  const average = ema(model);
  const options = { optimizer: sgd(model, { momentum: 0.9, weightDecay: 1e-4 }), learningRate: 0.1, clipNorm: 1, ema: average };
  const first = await trainStep(model, stripes(12), options);
  const tensors = tf.memory().numTensors;
  let last = first;
  for (let step = 1; step < 40; step++) last = await trainStep(model, stripes(12, { seed: step }), options);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(last.loss).toBeLessThan(first.loss / 2);
  expect(last).toMatchObject({ correct: 12, images: 12 });
  dispose(model);
});

const part = ({ images, shape, labels }: Batch, from: number, to: number): Batch => {
  const size = images.length / (shape[0] as number);
  return {
    images: images.subarray(from * size, to * size),
    shape: [to - from, ...shape.slice(1)],
    labels: Array.from(labels as ArrayLike<number>).slice(from, to),
  };
};

test('gradients of small batches add up to those of the large one, each by its share', async () => {
  const [whole, split] = [tinyNet(), tinyNet()];
  // Batch norms see the small batches: keep them out of it.
  for (const net of [whole, split]) (net as unknown as { bn: { forward: (x: tf.Tensor) => tf.Tensor } }).bn.forward = (x) => tf.clone(x);
  for (const net of [whole, split]) for (const [name, parameter] of parameters(net)) if (name.startsWith('bn')) parameter.trainable = false;
  const batch = stripes(10);
  const a = await trainStep(whole, batch, { optimizer: sgd(whole), learningRate: 0.5 });
  const b = await trainStep(split, [part(batch, 0, 3), part(batch, 3, 4), part(batch, 4, 10)], {
    optimizer: sgd(split),
    learningRate: 0.5,
  });
  expect(b).toMatchObject({ correct: a.correct, images: 10, loss: expect.closeTo(a.loss, 5) });
  const [one, other] = [await stateDict(whole), await stateDict(split)];
  for (const [name, { data }] of one) expect(relativeError(other.get(name)?.data ?? [], data), name).toBeLessThan(1e-5);
  dispose(whole);
  dispose(split);
});

test('parameters that were made while frozen learn once they are not', async () => {
  const model = tinyNet();
  const weight = parameters(model).get('fc.weight');
  if (!weight) throw new Error('no fc.weight');
  const values = await weight.read();
  weight.dispose();
  weight.trainable = false;
  weight.assign(values);
  weight.trainable = true;
  await trainStep(model, stripes(6), { optimizer: sgd(model), learningRate: 0.1 });
  expect(await weight.read()).not.toEqual(values);
  dispose(model);
});

test('a loss that is not finite stops before anything is updated, and leaks nothing', async () => {
  const model = tinyNet();
  const before = await stateDict(model);
  const batch = stripes(6);
  batch.images[7] = Number.POSITIVE_INFINITY;
  const options = { optimizer: sgd(model), learningRate: 0.25, clipNorm: 1 };
  const { error, leaked } = await failure(() => trainStep(model, batch, options));
  expect(error).toMatchObject({
    name: 'NonFiniteLossError',
    message: expect.stringMatching(/^The loss is NaN and .* at a learning rate of 0\.25\.$/),
  });
  expect(leaked).toBe(0);
  const after = await stateDict(model);
  for (const name of ['conv.weight', 'fc.weight', 'bn.weight']) expect(after.get(name)).toEqual(before.get(name));
  dispose(model);
});

test('labels that do not fit leave no tensor behind', async () => {
  const model = tinyNet();
  const batch = { ...stripes(3), labels: [0, 1, 3] };
  const { error, leaked } = await failure(() => trainStep(model, batch, { optimizer: sgd(model), learningRate: 0.1 }));
  expect(error.message).toContain('label 3 at position 2');
  expect(leaked).toBe(0);
  dispose(model);
});

test('bytes that were never normalized are refused', async () => {
  const model = tinyNet();
  const batch = { ...stripes(3), images: new Uint8Array(3 * 36) };
  const { error, leaked } = await failure(() => trainStep(model, batch, { optimizer: sgd(model), learningRate: 0.1 }));
  expect(error.message).toContain('The images of a batch are bytes');
  expect(leaked).toBe(0);
  dispose(model);
});
