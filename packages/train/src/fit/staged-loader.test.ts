import '@tensorflow/tfjs-backend-cpu';
import { dispose, stateDict } from '@resnetjs/core';
import { loader, type Transform } from '@resnetjs/data';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { sgd } from '../optimizers/sgd.ts';
import { STRIPE_COLOURS, stripedImages } from '../test/striped-images.ts';
import { tinyNet } from '../test/tiny-net.ts';
import { fit } from './fit.ts';
import type { Snapshot } from './snapshot.ts';
import { stagedLoader } from './staged-loader.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const COUNT = 20;
/** The upper left pixels of an image. */
const crop =
  (side: number): Transform =>
  ({ width, data }) => {
    const pixel = (k: number) => (Math.floor(k / (3 * side)) * width + (Math.floor(k / 3) % side)) * 3 + (k % 3);
    return { width: side, height: side, data: Uint8Array.from({ length: side * side * 3 }, (_, k) => data[pixel(k)] as number) };
  };
const seen = (side: number, batchSize: number) =>
  loader(stripedImages(COUNT), { batchSize, shuffle: true, seed: 4, normalization: STRIPE_COLOURS, augment: crop(side) });
/** Two epochs of 4x4 pixels in batches of ten, then 6x6 in batches of five. */
const staged = () =>
  stagedLoader([
    { epochs: 2, loader: seen(4, 10) },
    { epochs: 1, loader: seen(6, 5) },
  ]);

test('each stage has its image size and batch size, and images are drawn in the order of the one loader', async () => {
  const all = staged();
  const batches: { epoch: number; shape: readonly number[]; indices: number[] }[] = [];
  for await (const { epoch, shape, indices } of all.start({ epochs: 4 }))
    batches.push({ epoch, shape, indices: Array.from(indices ?? []) });
  expect(batches.map(({ epoch, shape }) => `${epoch}: ${shape.join()}`)).toEqual([
    ...['0: 10,4,4,3', '0: 10,4,4,3', '1: 10,4,4,3', '1: 10,4,4,3'],
    ...Array.from({ length: 4 }, () => '2: 5,6,6,3'),
    ...Array.from({ length: 4 }, () => '3: 5,6,6,3'),
  ]);
  expect([0, 1, 2, 3].map((epoch) => all.batchesIn?.(epoch))).toEqual([2, 2, 4, 4]);
  const plain: number[] = [];
  for await (const { indices } of seen(6, 5).start({ epochs: 4 })) plain.push(...Array.from(indices ?? []));
  expect(batches.flatMap(({ indices }) => indices)).toEqual(plain);
});

const train = (options: object = {}) => {
  const model = tinyNet({ channels: 3, dropRate: 0.2 });
  const optimizer = sgd(model, { momentum: 0.9 });
  return { model, events: fit(model, { train: staged(), epochs: 3, optimizer, schedule: 0.05, ...options }) };
};

test.each([3, 6])('a training that is resumed after step %i equals one that was not stopped, bit for bit', async (stop) => {
  const whole = train();
  let steps = 0;
  for await (const event of whole.events) {
    if (event.type === 'start') expect(event.steps).toBe(8);
    if (event.type === 'step') steps = event.step;
  }
  expect(steps).toBe(8);
  let kept: Snapshot | undefined;
  const first = train({
    maxSteps: stop,
    callbacks: [
      async (event: { type: string; step: number }, run: { snapshot(): Promise<Snapshot> }) => {
        if (event.type === 'step' && event.step === stop) kept = await run.snapshot();
      },
    ],
  });
  for await (const _ of first.events);
  const second = train({ resume: kept });
  for await (const _ of second.events);
  const actual = await stateDict(second.model);
  for (const [name, { data }] of await stateDict(whole.model)) expect(actual.get(name)?.data, name).toEqual(data);
  for (const { model } of [whole, first, second]) dispose(model);
});

test('says what does not fit', () => {
  expect(() => stagedLoader([])).toThrow('there is no stage');
  const other = loader(stripedImages(COUNT + 1), { batchSize: 5 });
  expect(() =>
    stagedLoader([
      { epochs: 0, loader: seen(4, 10) },
      { epochs: 1, loader: other },
    ]),
  ).toThrow('stagedLoader: stage 0 lasts 0 epochs: it must be a whole number from 1; stage 1 is of other images than stage 0.');
});
