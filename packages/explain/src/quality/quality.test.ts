import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, initialize, loadStateDict } from '@resnetjs/core';
import { cifarImagenetColours, decodeImage, preprocess } from '@resnetjs/data';
import { leakedTensors } from '@resnetjs/testing';
import { loadCheckpoint } from '@resnetjs/weights';
import { createModel } from '@resnetjs/zoo';
import { beforeAll, describe, expect, test } from 'vitest';
import { deletionInsertion, explain, type PreparedImages, pointsAt, randomizationTest } from '../index.ts';
import { rankCorrelation } from './rank-correlation.ts';

const SHIPPED = fileURLToPath(new URL('../../../../apps/cli/models/resnet20-cifar10.safetensors', import.meta.url));
const photo = (name: string) => readFileSync(new URL(`../../../testing/photos/${name}`, import.meta.url));

let images: PreparedImages;
const model = createModel('resnet20_cifar');
beforeAll(async () => {
  await useWasm({ threads: 1 });
  loadStateDict(model, (await loadCheckpoint(SHIPPED)).stateDict);
  images = preprocess(await Promise.all(['chelsea.png', 'rocket.jpg'].map((name) => decodeImage(photo(name)))), cifarImagenetColours);
  return () => dispose(model);
});

describe('on the network that comes with the command', () => {
  test('the map of Grad-CAM names pixels that count: they are missed sooner, and suffice sooner, than its opposite', async () => {
    const leaked = await leakedTensors(async () => {
      const maps = await explain(model, images);
      const curves = await deletionInsertion(model, images, maps, { steps: 8, replacement: 0 });
      const opposite = await deletionInsertion(
        model,
        images,
        maps.map((one) => ({ ...one, map: one.map.map((value) => -value) })),
        { steps: 8, replacement: 0 },
      );
      for (const [i, { deletion, insertion }] of curves.entries()) {
        expect(deletion.probabilities[0]).toBeCloseTo(maps[i]?.probability as number, 4); // nothing is deleted yet
        expect(insertion.probabilities.at(-1)).toBeCloseTo(maps[i]?.probability as number, 4); // all is back
        expect(deletion.area).toBeLessThan(opposite[i]?.deletion.area as number);
        // The cat, which fills its photo, is a cat when blurred already: nothing has to come back for that.
        if (i === 1) expect(insertion.area).toBeGreaterThan(opposite[i]?.insertion.area as number);
      }
    });
    expect(leaked).toBe(0);
  });

  test.each(['grad-cam', 'hires-cam', 'saliency', 'input-x-gradient'] as const)(
    '%s is about the network: where its weights are random, the map is another',
    async (method) => {
      const leaked = await leakedTensors(async () => {
        const steps = await randomizationTest(model, images, { method, steps: 3 });
        expect(steps.map(({ module }) => module).at(-1)).toBe('conv1');
        expect(Math.abs(steps.at(-1)?.correlation ?? 1)).toBeLessThan(0.6);
      });
      expect(leaked).toBe(0);
    },
  );

  test('a network that forgets nothing would have the same map', async () => {
    const [one, again] = [await explain(model, images), await explain(model, images)];
    expect(rankCorrelation(one[0]?.coarse.data as Float32Array, again[0]?.coarse.data as Float32Array)).toBeCloseTo(1, 12);
  });

  test('the model keeps what it learned', async () => {
    const before = await explain(model, images);
    await randomizationTest(model, images, { steps: 1 });
    expect((await explain(model, images)).map(({ score }) => score)).toEqual(before.map(({ score }) => score));
  });
});

test.each<[string, number[], number[], number]>([
  ['the same order', [1, 5, 9], [0, 0.1, 7], 1],
  ['the opposite order', [1, 5, 9], [3, 2, 1], -1],
  ['one that tells nothing apart', [1, 5, 9], [2, 2, 2], 0],
  ['shared ranks', [1, 2, 2, 3], [1, 2, 3, 4], 3 / Math.sqrt(10)], // scipy.stats.spearmanr: 0.9487
])('the rank correlation of %s', (_, a, b, expected) => {
  expect(rankCorrelation(Float32Array.from(a), Float32Array.from(b))).toBeCloseTo(expected, 12);
});

test('the pointing game: on it, beside it within the tolerance, and off it', () => {
  const map = { map: new Float32Array(100), width: 10, height: 10 };
  map.map[4 * 10 + 7] = 1; // x 7, y 4
  expect(pointsAt(map, { left: 5, top: 3, width: 3, height: 3 })).toBe(true);
  expect(pointsAt(map, { left: 2, top: 3, width: 3, height: 3 })).toBe(false);
  expect(pointsAt(map, { left: 2, top: 3, width: 3, height: 3 }, { tolerance: 3 })).toBe(true);
  const mask = Array.from({ length: 100 }, (_, i) => i === 4 * 10 + 5);
  expect([pointsAt(map, mask), pointsAt(map, mask, { tolerance: 2 })]).toEqual([false, true]);
});

test('curves of maps that are not those of the images are refused', async () => {
  const other = createModel('resnet20_cifar');
  initialize(other, { seed: 1 });
  await expect(deletionInsertion(other, images, [])).rejects.toThrow('2 images, but 0 maps');
  const small = { map: new Float32Array(4), width: 2, height: 2 };
  await expect(deletionInsertion(other, images, [small, small])).rejects.toThrow(/2x2, but its photo is 32x32/);
  dispose(other);
});
