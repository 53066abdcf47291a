import { describe, expect, test } from 'vitest';
import { createRandom } from './random.ts';
import { resampleInJs } from './resample-js.ts';
import { resampleInSimd } from './resample-simd.ts';
import { type Interpolation, resampleWeights } from './resample-weights.ts';

/** Noise with runs of black and white, so that filters overshoot. */
function noise(width: number, height: number, seed: number) {
  const random = createRandom(seed);
  return Uint8Array.from({ length: width * height * 3 }, () => (random.next() < 0.5 ? random.int(2) * 255 : random.int(256)));
}

describe.each(['bilinear', 'bicubic', 'lanczos'] as Interpolation[])('%s', (interpolation) => {
  test.each([
    [1, 1, 1, 1],
    [1, 1, 9, 5],
    [9, 5, 1, 1],
    [37, 29, 16, 16],
    [16, 16, 37, 29],
    [640, 2, 3, 7],
    [2, 640, 33, 5],
    [333, 97, 64, 48],
  ])('%dx%d to %dx%d is the same in WebAssembly and in JavaScript', (width, height, toWidth, toHeight) => {
    const image = { data: noise(width, height, width), offset: 0, rowBytes: width * 3 };
    const weights = [resampleWeights(width, toWidth, { interpolation }), resampleWeights(height, toHeight, { interpolation })] as const;
    const simd = resampleInSimd(image, ...weights);
    expect(simd).toBeInstanceOf(Uint8Array);
    expect(Buffer.compare(simd as Uint8Array, resampleInJs(image, ...weights))).toBe(0);
  });

  test('a part of an image, of which a part is wanted, is the same too', () => {
    const image = { data: noise(60, 50, 1), offset: (7 * 60 + 5) * 3, rowBytes: 180 };
    const across = resampleWeights(41, 30, { interpolation, first: 3, wanted: 20 });
    const down = resampleWeights(37, 90, { interpolation, first: 11, wanted: 70 });
    expect(Buffer.compare(resampleInSimd(image, across, down) as Uint8Array, resampleInJs(image, across, down))).toBe(0);
  });
});
