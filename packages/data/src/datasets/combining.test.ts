import { describe, expect, test } from 'vitest';
import { arrayDataset } from './array-dataset.ts';
import { concat } from './concat.ts';
import type { Dataset } from './dataset.ts';
import { split, subset } from './subset.ts';

const grey = (value: number) => ({ width: 1, height: 1, data: new Uint8Array(3).fill(value) });
/** `count` one-pixel images; the value of image i is i, its label i modulo 3 except that class 2 is rare. */
const numbers = (count: number) => {
  const labels = Array.from({ length: count }, (_, i) => (i % 10 === 9 ? 2 : i % 2));
  return arrayDataset(
    labels.map((_, i) => grey(i)),
    labels,
    ['a', 'b', 'c'],
  );
};
const values = (set: Dataset) => Promise.all(Array.from({ length: set.length }, async (_, i) => (await set.get(i)).image.data[0]));

test('a subset has its samples in the order asked for', async () => {
  const set = subset(numbers(10), [7, 2, 2]);
  expect(await values(set)).toEqual([7, 2, 2]);
  expect([set.label?.(0), set.classes]).toEqual([1, ['a', 'b', 'c']]);
  expect(() => subset(numbers(10), [10])).toThrow(/has 10 samples/);
  await expect(set.get(3)).rejects.toThrow(/has 3 samples/);
});

describe('split', () => {
  test('every sample lands in one part, the same way for the same seed', async () => {
    const set = numbers(100);
    const [a, b] = split(set, 0.8, { seed: 1 });
    expect([a.length, b.length]).toEqual([80, 20]);
    expect([...(await values(a)), ...(await values(b))].sort((x, y) => Number(x) - Number(y))).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
    expect(await values(split(set, 0.8, { seed: 1 })[1])).toEqual(await values(b));
    expect(await values(split(set, 0.8, { seed: 2 })[1])).not.toEqual(await values(b));
  });

  test('stratified, each class keeps its share', () => {
    const [, b] = split(numbers(100), 0.8);
    const labels = Array.from({ length: b.length }, (_, i) => b.label?.(i));
    expect([0, 1, 2].map((label) => labels.filter((own) => own === label).length)).toEqual([10, 8, 2]); // of 50, 40 and 10
  });

  test('a ratio outside 0..1 and labels that are unknown are refused', () => {
    expect(() => split(numbers(10), 1.5)).toThrow(/within 0 and 1, but received 1.5/);
    const { length, get } = numbers(10);
    expect(() => split({ length, get }, 0.5, { stratified: true })).toThrow(/stratified: false/);
    expect(split({ length, get }, 0.5)[0].length).toBe(5);
  });
});

test('concat has one dataset after the other and refuses other classes', async () => {
  const set = concat(subset(numbers(10), [1]), subset(numbers(10), [5, 6]));
  expect(await values(set)).toEqual([1, 5, 6]);
  expect(set.label?.(2)).toBe(0);
  expect(() => concat(numbers(2), arrayDataset([grey(1)], [0], ['x']))).toThrow(/dataset 1 has the classes x, but dataset 0 has a, b, c/);
});

test('arrayDataset wants a label per image and whole images', () => {
  expect(() => arrayDataset([grey(1)], [])).toThrow(/1 images but 0 labels/);
  expect(() => arrayDataset([{ width: 2, height: 1, data: new Uint8Array(8) }], [0])).toThrow(
    /image 0.*needs 6 RGB bytes, but received 8. It looks like RGBA/,
  );
});
