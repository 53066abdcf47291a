import { expect, test } from 'vitest';
import { arrayDataset } from '../datasets/array-dataset.ts';
import { randomHorizontalFlip } from '../transforms/random-changes.ts';
import { loader } from './loader.ts';

const pictures = (length: number, label = (i: number) => i % 2) =>
  arrayDataset(
    Array.from({ length }, (_, i) => ({ width: 1, height: 1, data: new Uint8Array(3).fill(i) })),
    Array.from({ length }, (_, i) => label(i)),
    ['even', 'odd'],
  );

test.each([
  [44, { batchSize: 8 }],
  [41, { batchSize: 8, smallest: 2 }],
  [42, { batchSize: 8, smallest: 2 }],
  [40, { batchSize: 8, dropLast: true }],
  [47, { batchSize: 8, dropLast: true }],
  [1, { batchSize: 8, smallest: 2 }],
  [0, {}],
])('of %d images it counts the batches that it gives: %j', async (length, options) => {
  const some = loader(pictures(length), options);
  let given = 0;
  for await (const _ of some.start({ epochs: 1 })) given++;
  expect(some.batchesPerEpoch).toBe(given);
  expect([...(some.labels?.() ?? [])]).toEqual(Array.from({ length }, (_, i) => i % 2));
});

test('each start is a run of its own, by the same options, from where it is told', async () => {
  const some = loader(pictures(6), { batchSize: 2, shuffle: true, seed: 5 });
  const indices = async (run: ReturnType<typeof some.start>) => {
    const all: number[][] = [];
    for await (const batch of run) all.push([...batch.indices]);
    return all;
  };
  const whole = await indices(some.start({ epochs: 2 }));
  expect(whole).toHaveLength(6);
  expect(await indices(some.start({ epochs: 2 }))).toEqual(whole);
  expect(await indices(some.start({ epochs: 2, resume: { seed: 5, epoch: 1, position: 2 } }))).toEqual(whole.slice(4));
});

test('it describes what decides the batches, and nothing else', () => {
  const describe = (options: object, dataset = pictures(6)) => loader(dataset, options).describe();
  const plain = describe({ augment: randomHorizontalFlip(), shuffle: true });
  expect(plain).toMatchObject({ images: 6, classes: ['even', 'odd'], options: { batchSize: 32, seed: 0, shuffle: true } });
  expect(JSON.parse(JSON.stringify(plain))).toEqual(plain);
  const same = { augment: randomHorizontalFlip(), shuffle: true, workers: 3, prefetch: 9, onBroken: () => {} };
  expect(describe(same)).toEqual(plain);
  expect(describe({ shuffle: true })).not.toEqual(plain);
  expect(
    describe(
      { augment: randomHorizontalFlip(), shuffle: true },
      pictures(6, () => 1),
    ).contents,
  ).not.toBe(plain.contents);
});
