import { normal } from '@resnetjs/core';
import { expect, test } from 'vitest';
import { histogram } from './histogram.ts';
import { type Calibration, shareBeyond, threshold } from './thresholds.ts';

const draw = normal(3);
const bell = Float32Array.from({ length: 20_000 }, () => draw());
const of = (...parts: readonly ArrayLike<number>[]) => {
  const made = histogram();
  for (const part of parts) made.add(part);
  return made;
};
const by = (calibration: Calibration, data: ReturnType<typeof of>, percentile = 99.99) => threshold(data, 127, { calibration, percentile });

test('a histogram grows with what comes, and counts what is in no bin', () => {
  const counted = of([0, 0, 0.25, -0.5], [0, 1000], [Number.NaN, Number.NEGATIVE_INFINITY, -3]);
  expect([counted.values, counted.zeros, counted.nonFinite, counted.largest]).toEqual([9, 3, 2, 1000]);
  expect(counted.counts.reduce((sum, n) => sum + n)).toBe(4);
  const bin = (x: number) => counted.counts[Math.floor(x / counted.width)];
  expect([bin(1000), bin(3)]).toEqual([1, 1]);
  expect(1000 / counted.width).toBeLessThan(4096);
});

test('numbers as small as float32 has are counted too', () => {
  const tiny = of([2 ** -149, -(2 ** -148)]);
  expect([tiny.largest, tiny.counts.reduce((sum, n) => sum + n)]).toEqual([2 ** -148, 2]);
});

test.each([
  ['minMax', 1000, 1001],
  ['percentile', 3, 10],
  ['entropy', 3, 200], // the least share of the largest that is looked for is a twentieth
  ['meanSquaredError', 900, 1001], // one such value outweighs the rounding of all others
] as const)('an outlier of 1000 among 20,000 of a bell curve: %s chooses from %d to %d', (method, least, most) => {
  const chosen = by(method, of(bell, [1000]));
  expect(chosen).toBeGreaterThanOrEqual(least);
  expect(chosen).toBeLessThan(most);
});

test('the least squared error is the least: clamping more or less is worse', () => {
  const chosen = by('meanSquaredError', of(bell));
  const error = (limit: number) => {
    const step = limit / 127;
    return bell.reduce((sum, x) => sum + (x - step * Math.max(-127, Math.min(127, Math.round(x / step)))) ** 2, 0);
  };
  expect(error(chosen)).toBeLessThan(error(chosen * 1.25));
  expect(error(chosen)).toBeLessThan(error(chosen * 0.8));
});

test('percentiles are of all values, zeros among them', () => {
  const half = of(Float32Array.from({ length: 1000 }, (_, i) => (i < 500 ? 0 : i - 499)));
  expect(by('percentile', half, 100)).toBe(500);
  expect(by('percentile', half, 90)).toBeCloseTo(400, -1); // within a bin
  expect(shareBeyond(half, 400)).toBeCloseTo(0.1, 2);
});

test('what was always 0 has no magnitude', () => {
  for (const method of ['minMax', 'percentile', 'meanSquaredError', 'entropy'] as const) expect(by(method, of([0, 0, 0]))).toBe(0);
});
