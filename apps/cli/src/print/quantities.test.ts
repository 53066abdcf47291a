import { expect, test } from 'vitest';
import { bytes, count, counted, macs, percent } from './quantities.ts';

test('numbers are grouped by thousands', () => {
  expect(count(25_557_032)).toBe('25,557,032');
  expect([counted(1, 'image'), counted(1000, 'image'), counted(2, 'class', 'classes')]).toEqual(['1 image', '1,000 images', '2 classes']);
});

test.each([
  [0, '–'],
  [640, '0.6 k'],
  [2_048_000, '2.0 M'],
  [40_551_936, '40.6 M'],
  [999_999_999, '1000.0 M'],
  [4_089_184_256, '4.089 G'],
])('%d multiply-accumulates are %s', (n, text) => expect(macs(n)).toBe(text));

test.each([
  [512, '512 B'],
  [65_536, '64.0 KiB'],
  [102_228_128, '97.5 MiB'],
  [3 * 2 ** 30, '3.0 GiB'],
])('%d bytes are %s', (n, text) => expect(bytes(n)).toBe(text));

test('shares are percent', () => expect([percent(0.915), percent(1, 1)]).toEqual(['91.50 %', '100.0 %']));
