import { expect, test } from 'vitest';
import { cut } from './cut.ts';

const nameOf = (i: number): string => `photos/${String(i).padStart(7, '0')}.jpg`;

async function* names(count: number, onName: () => void = () => {}): AsyncGenerator<{ name: string }> {
  for (let i = 0; i < count; i++) {
    onName();
    yield { name: nameOf(i) };
  }
}

test('a million names are cut while they come: no more than one piece is held', async () => {
  let [listed, cutOff, held, pieces] = [0, 0, 0, 0];
  const listing = names(1_000_000, () => {
    listed++;
    held = Math.max(held, listed - cutOff);
  });
  for await (const piece of cut(listing, 256)) {
    expect(piece.length === 0 || piece.length > 512).toBe(false);
    cutOff += piece.length;
    pieces++;
  }
  expect(cutOff).toBe(1_000_000);
  expect(held).toBeLessThanOrEqual(512);
  expect(1_000_000 / pieces / 256).toBeGreaterThan(0.75);
  expect(1_000_000 / pieces / 256).toBeLessThan(1.25);
});

async function pieces(listing: AsyncIterable<{ name: string }>): Promise<string[]> {
  const all: string[] = [];
  for await (const piece of cut(listing, 50)) all.push(piece.map(({ name }) => name).join());
  return all;
}

test('a photo that is added or removed changes the pieces beside it, and no others', async () => {
  async function* without(gone: number) {
    for await (const one of names(5000)) if (one.name !== nameOf(gone)) yield one;
  }
  const whole = await pieces(names(5000));
  for (const gone of [0, 777, 2500, 4999]) {
    const kept = new Set(await pieces(without(gone)));
    expect(whole.filter((piece) => !kept.has(piece)).length).toBeLessThanOrEqual(4);
  }
});

test.each([1, 2, 3])('pieces of %i are pieces, too', async (size) => {
  const all: number[] = [];
  for await (const piece of cut(names(20), size)) all.push(piece.length);
  expect(all.reduce((sum, length) => sum + length, 0)).toBe(20);
  expect(Math.max(...all)).toBeLessThanOrEqual(2 * size);
});
