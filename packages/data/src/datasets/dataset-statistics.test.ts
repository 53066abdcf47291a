import { expect, test } from 'vitest';
import { arrayDataset } from './array-dataset.ts';
import type { Dataset } from './dataset.ts';
import { datasetStatistics } from './dataset-statistics.ts';

test('classes, sizes, colours and broken samples are counted', async () => {
  const set = arrayDataset(
    [
      { width: 2, height: 1, data: Uint8Array.from([0, 51, 255, 0, 51, 255]) },
      { width: 1, height: 1, data: Uint8Array.from([255, 51, 0]) },
      { width: 1, height: 1, data: new Uint8Array(3) },
      { width: 1, height: 1, data: new Uint8Array(3) },
    ],
    [0, 1, 1, 1],
    ['a', 'b', 'c'],
  );
  const broken: Dataset = { ...set, get: (index) => (index === 3 ? Promise.reject(new Error('torn')) : set.get(index)) };
  const { counts, sizes, mean, std, broken: found } = await datasetStatistics(broken);
  expect(counts).toEqual([1, 2, 0]);
  expect([...sizes]).toEqual([
    ['1x1', 2],
    ['2x1', 1],
  ]);
  expect(found.map(({ index, error }) => [index, error.message])).toEqual([[3, 'torn']]);
  expect(mean.map((value) => value.toFixed(4))).toEqual(['0.3333', '0.1333', '0.3333']);
  // Of 0, 1, 0: sqrt(1/3 - 1/9); of 0.2, 0.2, 0: sqrt(0.08/3 - (0.4/3)^2).
  expect(std.map((value) => value.toFixed(4))).toEqual(['0.4714', '0.0943', '0.4714']);
});

test('the result is the same to the last bit whichever image is decoded first', async () => {
  const images = Array.from({ length: 40 }, (_, i) => ({
    width: 1 + (i % 7),
    height: 3,
    data: new Uint8Array(9 * (1 + (i % 7))).fill(i * 5 + 3),
  }));
  const set = arrayDataset(
    images,
    images.map(() => 0),
    ['a'],
  );
  const late = (delay: (index: number) => number): Dataset => ({
    ...set,
    get: async (index) => {
      await new Promise((resolve) => setTimeout(resolve, delay(index)));
      return set.get(index);
    },
  });
  const [one, other] = [await datasetStatistics(late((i) => i % 4)), await datasetStatistics(late((i) => 3 - (i % 4)))];
  expect(other).toEqual(one);
  expect([...other.sizes]).toEqual([...one.sizes]);
});
