import { describe, expect, test } from 'vitest';
import { cropView, type RgbImage, resizeAndCrop } from './index.ts';

/** A photo of which each pixel's red is its column and its green its row. */
const placed = (width: number, height: number): RgbImage => ({
  width,
  height,
  data: Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => [Math.floor(i / 3) % width, Math.floor(i / 3 / width), 200][i % 3] as number,
  ),
});

describe.each([
  [
    { width: 90, height: 60 },
    { resize: 30, crop: 20 },
  ],
  [
    { width: 61, height: 93 },
    { resize: 30, crop: 20 },
  ],
  [
    { width: 40, height: 40 },
    { resize: 40, crop: 40 },
  ],
  [
    { width: 45, height: 30 },
    { resize: 60, crop: 33 },
  ],
  [
    { width: 50, height: 30 },
    { resize: 30, crop: 41 },
  ],
  [
    { width: 31, height: 30 },
    { resize: 30, crop: 40 },
  ],
])('of a photo of %j prepared by %j', (size, spec) => {
  test('each pixel of the crop lies where the view says', () => {
    const { view } = cropView(size, spec);
    const seen = resizeAndCrop(placed(size.width, size.height), { ...spec, interpolation: 'bilinear' });
    const far: string[] = [];
    for (let y = 0; y < seen.height; y++)
      for (let x = 0; x < seen.width; x++) {
        const i = 3 * (y * seen.width + x);
        if (seen.data[i + 2] !== 200) continue; // padding
        // The centre of the pixel in the photo; at its edges the filter has no pixels on one side.
        const column = Math.min(Math.max(view.left + ((x + 0.5) * view.width) / spec.crop - 0.5, 0), size.width - 1);
        const row = Math.min(Math.max(view.top + ((y + 0.5) * view.height) / spec.crop - 0.5, 0), size.height - 1);
        if (Math.abs(column - (seen.data[i] as number)) > 1.01 || Math.abs(row - (seen.data[i + 1] as number)) > 1.01)
          far.push(`${x},${y}: ${column},${row} but ${seen.data[i]},${seen.data[i + 1]}`);
      }
    expect(far).toEqual([]);
  });
});
