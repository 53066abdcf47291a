import { expect, test } from 'vitest';
import { fromHalf, toHalf } from './float16.ts';

test('every half is the number that it stands for, and back', () => {
  for (let half = 0; half < 2 ** 16; half++) {
    const value = fromHalf(half);
    if (Number.isNaN(value)) expect(toHalf(value) & 0x7fff).toBe(0x7e00);
    else if (toHalf(value) !== half) expect.fail(`${half} is ${value}, which is ${toHalf(value)}`);
  }
});

// NumPy: np.float16(x).view(np.uint16)
test.each([
  [0.1, 0x2e66],
  [1 / 3, 0x3555],
  [2049, 0x6800], // a tie goes to the even one
  [2051, 0x6802],
  [65519.996, 0x7bff],
  [65520, 0x7c00],
  [-70000, 0xfc00],
  [2 ** -25, 0x0000],
  [2 ** -25 * 1.0001, 0x0001],
  [6.1e-5, 0x03ff],
  [6.1e-5 + 5e-8, 0x0400],
])('%f is %i', (value, half) => {
  expect(toHalf(value)).toBe(half);
});
