import { expect, test } from 'vitest';
import { heldBytes, largestAllocation } from './javascript-memory.ts';

test.each<[string, () => unknown, number]>([
  ['a typed array', () => [new Float32Array(300), new Uint8Array(1000)], 1200],
  ['an ArrayBuffer, and no view of it', () => new Float64Array(new ArrayBuffer(800)), 800],
  ['one that is too large to be had', () => new Uint8Array(2 ** 52), 2 ** 52],
  ['an array of a subclass', () => new (class Pixels extends Uint16Array {})(50), 100],
  ['WebAssembly memory that grows', () => new WebAssembly.Memory({ initial: 1 }).grow(2), 3 * 65536],
  ['nothing', () => [1, 2, 3].map(String), 0],
])('the largest allocation: %s', async (_, run, bytes) => {
  const attempt = () => {
    try {
      run();
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
  };
  expect(await largestAllocation(attempt)).toBe(bytes);
  const after = new Uint8Array(4);
  expect(after).toBeInstanceOf(Uint8Array);
  expect(Object.getPrototypeOf(after).constructor).toBe(Uint8Array);
});

test('held bytes grow by what is kept, and not by what is let go', () => {
  const before = heldBytes();
  const kept = Array.from({ length: 20 }, () => new Uint8Array(2 ** 20));
  for (let i = 0; i < 100; i++) new Uint8Array(2 ** 20).fill(i);
  const grown = heldBytes() - before;
  expect(kept).toHaveLength(20);
  expect(grown).toBeGreaterThan(19 * 2 ** 20);
  expect(grown).toBeLessThan(30 * 2 ** 20);
});
