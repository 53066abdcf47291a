import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { useWasm } from '@resnetjs/backend-wasm';
import { failure, leakedTensors } from '@resnetjs/testing';
import { writeSafetensors } from '@resnetjs/weights';
import { shippedCheckpoint } from 'resnetjs';
import { beforeAll, expect, test } from 'vitest';
import { loadClassifier } from './classifier.ts';

const chelsea = new Blob([
  new Uint8Array(readFileSync(fileURLToPath(new URL('../../../../packages/testing/photos/chelsea.png', import.meta.url)))),
]);

beforeAll(async () => {
  await useWasm();
});

test('leaves nothing in memory once it is disposed', async () => {
  const leaked = await leakedTensors(async () => {
    const classifier = await loadClassifier(shippedCheckpoint());
    const { predictions, seen } = await classifier.classify(chelsea, 'chelsea.png');
    expect(predictions).toHaveLength(10);
    expect(predictions[0]?.label).toBe('cat');
    expect([seen.width, seen.height]).toEqual([32, 32]);
    classifier.dispose();
  });
  expect(leaked).toBe(0);
});

test('a file that is no image costs no memory either', async () => {
  const classifier = await loadClassifier(shippedCheckpoint());
  const { error, leaked } = await failure(() => classifier.classify(new Blob(['text']), 'text.txt'));
  expect(error.message).toContain('text.txt');
  expect(leaked).toBe(0);
  classifier.dispose();
});

test('weights without a manifest are refused', async () => {
  const bare = writeSafetensors(new Map([['a', { shape: [1], data: new Float32Array(1) }]]));
  const { error, leaked } = await failure(() => loadClassifier(bare));
  expect(error.message).toContain('no manifest');
  expect(leaked).toBe(0);
});
