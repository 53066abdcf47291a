import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { useWasm } from '@resnetjs/backend-wasm';
import { initialize, stateDict } from '@resnetjs/core';
import { recognizeCheckpoint } from '@resnetjs/network';
import { failure, leakedTensors } from '@resnetjs/testing';
import { type Checkpoint, loadCheckpoint, writeSafetensors } from '@resnetjs/weights';
import { createModel } from '@resnetjs/zoo';
import { shippedCheckpoint } from 'resnetjs';
import { beforeAll, expect, test } from 'vitest';
import { classifierOf } from './classifier.ts';

const chelsea = new Blob([
  new Uint8Array(readFileSync(fileURLToPath(new URL('../../../../packages/testing/photos/chelsea.png', import.meta.url)))),
]);
const shipped = async () => ofCheckpoint(await loadCheckpoint(shippedCheckpoint()));
const ofCheckpoint = (checkpoint: Checkpoint, architecture?: string) =>
  classifierOf(recognizeCheckpoint(checkpoint, { architecture }), checkpoint.manifest);

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
    const classifier = await shipped();
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
  const classifier = await shipped();
  const { error, leaked } = await failure(() => classifier.classify(new Blob(['text']), 'text.txt'));
  expect(error.message).toContain('text.txt');
  expect(leaked).toBe(0);
  classifier.dispose();
});

test('weights without a manifest are told by their parameters', async () => {
  const classifier = await ofCheckpoint(await bare('resnet20_cifar', 3));
  expect([classifier.classes, classifier.labels, classifier.inputSize]).toEqual([3, [], 32]);
  expect(classifier.notes.join(' ')).toContain('No manifest');
  classifier.dispose();
});

test('the weights of one network are refused as those of another, with what differs', async () => {
  const { error, leaked } = await failure(async () => ofCheckpoint(await loadCheckpoint(shippedCheckpoint()), 'resnet32_cifar'));
  expect(error.message).toContain('missing');
  expect(leaked).toBeLessThanOrEqual(0);
});

test('an ImageNet network without labels gets the names of its classes', async () => {
  const classifier = await ofCheckpoint(await bare('resnet18', 1000), 'resnet18');
  expect([classifier.labels.length, classifier.labels[285]]).toEqual([1000, 'Egyptian cat']);
  classifier.dispose();
});
