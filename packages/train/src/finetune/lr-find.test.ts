import '@tensorflow/tfjs-backend-cpu';
import { readFileSync } from 'node:fs';
import { dispose, stateDict } from '@resnetjs/core';
import { loader } from '@resnetjs/data';
import { leakedTensors } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { sgd } from '../optimizers/sgd.ts';
import { STRIPE_COLOURS, stripedImages } from '../test/striped-images.ts';
import { tinyNet } from '../test/tiny-net.ts';
import { lrFind, suggest } from './lr-find.ts';

interface Golden {
  readonly cases: readonly {
    readonly rates: number[];
    readonly losses: number[];
    readonly valley: number;
    readonly steepest: number;
    readonly minimum: number;
  }[];
}
const golden = JSON.parse(readFileSync(new URL('../../golden/lr_find.json', import.meta.url), 'utf8')) as Golden;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const train = loader(stripedImages(48), { batchSize: 8, shuffle: true, normalization: STRIPE_COLOURS });

test.each(golden.cases.map((c, i) => [i, c] as const))("suggests fastai's rates for curve %i", (_, { rates, losses, ...expected }) => {
  const points = rates.map((learningRate, i) => ({ learningRate, loss: losses[i] as number }));
  const found = suggest(points);
  for (const key of ['valley', 'steepest', 'minimum'] as const) expect(found[key] / expected[key], key).toBeCloseTo(1, 9);
});

test('draws a curve that falls and then blows up, and puts model and optimizer back', async () => {
  const model = tinyNet({ channels: 3, width: 8 });
  const optimizer = sgd(model, { momentum: 0.9 });
  const before = await stateDict(model);
  const leaked = await leakedTensors(async () => {
    const steps: number[] = [];
    const curve = await lrFind(model, { train, optimizer, from: 1e-4, to: 1e4, steps: 80, onStep: (step) => steps.push(step) });
    expect(steps).toEqual(curve.points.map((_, i) => i + 1));
    const losses = curve.points.map(({ loss }) => loss);
    const [first, best, last] = [losses[0] as number, Math.min(...losses), losses.at(-1) as number];
    expect(best).toBeLessThan(0.95 * first);
    expect(curve.points.length < 80 ? last / best : Number.POSITIVE_INFINITY).toBeGreaterThan(1.5);
    expect(curve.valley).toBeGreaterThan(1e-4);
    expect(curve.valley).toBeLessThan(10);
  });
  expect(leaked).toBe(0);
  expect(await stateDict(model)).toEqual(before);
  expect((await optimizer.stateDict()).size).toBe(0);
  dispose(model);
});

test('says so where the loss becomes infinite at once, and puts the model back', async () => {
  const model = tinyNet({ channels: 3 });
  const before = await stateDict(model);
  await expect(lrFind(model, { train, optimizer: sgd(model), from: 1e30, to: 1e38 })).rejects.toThrow(
    'the loss became NaN or infinite after',
  );
  expect(await stateDict(model)).toEqual(before);
  dispose(model);
});

test('impossible ranges are refused', async () => {
  const model = tinyNet({ channels: 3 });
  await expect(lrFind(model, { train, optimizer: sgd(model), from: 1, to: 0.1 })).rejects.toThrow(
    'expected 0 < from < to and at least 20 steps',
  );
  dispose(model);
});
