import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { useWasm } from '@resnetjs/backend-wasm';
import { initialize, stateDict } from '@resnetjs/core';
import { failure, leakedTensors } from '@resnetjs/testing';
import { loadCheckpoint, writeSafetensors } from '@resnetjs/weights';
import { createModel } from '@resnetjs/zoo';
import { shippedCheckpoint } from 'resnetjs';
import { beforeAll, expect, test } from 'vitest';
import { classifierOf } from './classifier.ts';
import { fittingArchitectures } from './fitting-architectures.ts';

const chelsea = new Blob([
  new Uint8Array(readFileSync(fileURLToPath(new URL('../../../../packages/testing/photos/chelsea.png', import.meta.url)))),
]);
const shipped = () => loadCheckpoint(shippedCheckpoint());

/** Weights as somebody saves them who knows nothing of manifests. */
async function bare(name: string, classes: number) {
  const model = createModel(name, { classes });
  initialize(model, { seed: 1 });
  return loadCheckpoint(writeSafetensors(await stateDict(model)));
}

beforeAll(async () => {
  await useWasm();
});

test('leaves nothing in memory once it is disposed', async () => {
  const leaked = await leakedTensors(async () => {
    const classifier = await classifierOf(await shipped());
    const { predictions, seen, times } = await classifier.classify(chelsea, 'chelsea.png');
    expect(predictions).toHaveLength(10);
    expect(predictions[0]?.label).toBe('cat');
    expect([seen.width, seen.height]).toEqual([32, 32]);
    for (const ms of Object.values(times)) expect(ms).toBeGreaterThan(0);
    classifier.dispose();
  });
  expect(leaked).toBe(0);
});

test('a file that is no image costs no memory either', async () => {
  const classifier = await classifierOf(await shipped());
  const { error, leaked } = await failure(() => classifier.classify(new Blob(['text']), 'text.txt'));
  expect(error.message).toContain('text.txt');
  expect(leaked).toBe(0);
  classifier.dispose();
});

test('weights without a manifest are refused until it is said what they are of', async () => {
  const checkpoint = await bare('resnet20_cifar', 3);
  const { error, leaked } = await failure(() => classifierOf(checkpoint));
  expect(error.message).toContain('no manifest');
  expect(leaked).toBe(0);
  const classifier = await classifierOf(checkpoint, { architecture: 'resnet20_cifar' });
  expect([classifier.classes, classifier.labels, classifier.inputSize]).toEqual([3, [], 32]);
  classifier.dispose();
});

test('the weights of one network are refused as those of another, with what differs', async () => {
  const { error, leaked } = await failure(async () => classifierOf(await shipped(), { architecture: 'resnet32_cifar' }));
  expect(error.message).toContain('missing');
  expect(leaked).toBeLessThanOrEqual(0);
});

test('an ImageNet network without labels gets the names of its classes', async () => {
  const classifier = await classifierOf(await bare('resnet18', 1000), { architecture: 'resnet18' });
  expect([classifier.labels.length, classifier.labels[285]]).toEqual([1000, 'Egyptian cat']);
  classifier.dispose();
});

test('weights are told by their names and shapes, whatever their number of classes', async () => {
  const { stateDict: ofThree } = await bare('resnet20_cifar', 3);
  expect(fittingArchitectures(ofThree)).toContainEqual({ name: 'resnet20_cifar', options: { classes: 3 } });
  expect(fittingArchitectures((await bare('resnet18', 1000)).stateDict)).toContainEqual({ name: 'resnet18', options: {} });
  expect(fittingArchitectures(new Map([['a', { shape: [1], data: new Float32Array(1) }]]))).toEqual([]);
});
