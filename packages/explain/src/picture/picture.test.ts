import { expect, test } from 'vitest';
import type { Method } from '../attribution/explanation.ts';
import { type Colour, cssGradient, diverging, endsOf, heat, overlay, sequential } from '../picture.ts';

/** Three pixels, the last of which the network was not shown. */
const drawn = (method: Method, map: readonly number[]) => ({
  method,
  map: Float32Array.from(map),
  width: 3,
  height: 1,
  view: { left: 0, top: 0, width: 2, height: 1 },
});
const pixel = ({ data }: { data: Uint8ClampedArray }, i: number) => [...data.subarray(4 * i, 4 * i + 4)];

test('a map hides the photo where it is hot and lets it through where it is not; what was not shown is dark', () => {
  const layer = heat(drawn('grad-cam', [0, 2, 0]));
  expect(layer.range).toEqual([0, 2]);
  expect(pixel(layer, 0)).toEqual([...sequential(0), 0]);
  expect(pixel(layer, 1)).toEqual([...sequential(1), Math.round(0.85 * 255)]);
  expect(pixel(layer, 2)).toEqual([0, 0, 0, Math.round(0.75 * 255)]);
});

test('of a method with a sign what speaks against the class is as plain, in the other colour', () => {
  const layer = heat(drawn('occlusion', [-2, 2, 0]));
  expect(pixel(layer, 0)).toEqual([...diverging(-1), Math.round(0.85 * 255)]);
  expect(pixel(layer, 1)).toEqual([...diverging(1), Math.round(0.85 * 255)]);
  expect([endsOf({ method: 'occlusion', label: 'cat' }), endsOf({ method: 'grad-cam', label: 'cat' })]).toEqual([
    ['against cat', 'for cat'],
    ['matters little', 'matters most'],
  ]);
});

test('an overlay is the layer over the photo in grey', () => {
  const { data } = overlay({ width: 3, height: 1, data: new Uint8Array(9).fill(100) }, drawn('grad-cam', [0, 2, 0]));
  const cover = Math.round(0.85 * 255) / 255;
  expect([...data]).toEqual([100, 100, 100, ...sequential(1).map((c) => Math.round((1 - cover) * 100 + cover * c)), 25, 25, 25]);
  expect(() => overlay({ width: 2, height: 1, data: new Uint8Array(6) }, drawn('grad-cam', [0, 2, 0]))).toThrow(/Give the photo that was/);
});

test('a legend runs from one end of the colours to the other', () => {
  const rgb = (colour: Colour) => `rgb(${colour.join(' ')})`;
  expect(cssGradient('grad-cam')).toMatch(/^linear-gradient\(90deg, rgb/);
  for (const [method, low, high] of [
    ['grad-cam', sequential(0), sequential(1)],
    ['occlusion', diverging(-1), diverging(1)],
  ] as const) {
    const css = cssGradient(method);
    expect([css.indexOf(rgb(low)), css.endsWith(`${rgb(high)})`)]).toEqual(['linear-gradient(90deg, '.length, true]);
  }
});
