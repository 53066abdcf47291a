import { expect, test } from 'vitest';
import { relativeError } from './index.ts';

test('the relative error is that of the Euclidean norms', () => {
  expect(relativeError([3, 4.5], [3, 4])).toBeCloseTo(0.1, 12);
});

test('NaN is within no tolerance', () => {
  expect(relativeError([Number.NaN, 1], [0, 1]) < Number.MAX_VALUE).toBe(false);
});

test('results of other lengths are not compared', () => {
  expect(() => relativeError([1], [1, 2])).toThrow('expected 2 numbers but received 1');
});
