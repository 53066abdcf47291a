import { expect, test } from 'vitest';
import { compareStateDict, formatDifferences, type StateDict } from './state-dict.ts';

const stored = (shape: number[], numbers = shape.reduce((a, b) => a * b, 1)) => ({ shape, data: new Float32Array(numbers) });
const wanted = new Map(
  Object.entries({ same: { shape: [2, 3] }, turned: { shape: [2, 3] }, short: { shape: [4] }, a: { shape: [] }, b: { shape: [] } }),
);
const dict: StateDict = new Map([
  ['same', stored([2, 3])],
  ['turned', stored([3, 2])],
  ['short', stored([4], 3)],
  ['more', stored([1])],
  ['bn.num_batches_tracked', stored([])],
]);

test('a state dict is compared by names, shapes and how many numbers there are', () => {
  expect(compareStateDict(wanted, dict)).toEqual({
    missing: ['a', 'b'],
    unexpected: ['more'],
    misshapen: [
      { name: 'turned', expected: [2, 3], received: [3, 2] },
      { name: 'short', expected: [4], received: [4], count: 3 },
    ],
  });
});

test('the differences are one line, in full or with the rest counted', () => {
  const differences = compareStateDict(wanted, dict);
  expect(formatDifferences(differences)).toBe(
    '2 missing (a, b), 1 unexpected (more), 2 misshapen (turned: expected [2,3] but received [3,2], short: expected [4] but received [4] of 3 numbers)',
  );
  expect(formatDifferences(differences, { most: 1 })).toBe(
    '2 missing (a and 1 more), 1 unexpected (more), 2 misshapen (turned: expected [2,3] but received [3,2] and 1 more)',
  );
});

test('nothing is said of what fits', () => {
  expect(formatDifferences(compareStateDict(new Map(), new Map()))).toBe('');
});
