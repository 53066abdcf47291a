import { expect, test } from 'vitest';
import { median } from './median.ts';

test('the median of an odd number of values is the middle one, of an even number the mean of two', () => {
  expect([median([5, 1, 3]), median([4, 1, 3, 2])]).toEqual([3, 2.5]);
});
