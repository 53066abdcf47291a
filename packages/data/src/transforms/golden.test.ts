import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { centerCrop, pad } from '../crop.ts';
import { decodeImage } from '../decode-image.ts';
import type { RgbImage } from '../rgb-image.ts';
import { affine, rotate } from './affine.ts';
import { adjustBrightness, adjustContrast, adjustSaturation, adjustSharpness, greyscale } from './colour.ts';
import { flipHorizontal, flipVertical } from './flip.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { adjustHue } from './hue.ts';
import { autocontrast, equalize, invert, posterize, solarize } from './point-operations.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url));
const golden = JSON.parse(read('../../golden/transforms.json').toString()) as {
  cases: { op: string; args: never[]; image: 'photo' | 'square' | 'cube'; sha256_rgb: string }[];
  blur: { args: [number, number]; sample: number[] }[];
};

const photo = await decodeImage(read('../../../testing/photos/chelsea.png'));
const levels = Array.from({ length: 52 }, (_, i) => i * 5);
const images = {
  photo,
  square: centerCrop(photo, 128),
  // numpy's meshgrid runs its second axis first.
  cube: {
    width: 52,
    height: 52 * 52,
    data: Uint8Array.from(levels.flatMap((y) => levels.flatMap((x) => levels.flatMap((z) => [x, y, z])))),
  },
};

const operations: Record<string, (image: RgbImage, ...args: never[]) => RgbImage> = {
  brightness: adjustBrightness,
  contrast: adjustContrast,
  saturation: adjustSaturation,
  sharpness: adjustSharpness,
  hue: adjustHue,
  invert,
  autocontrast,
  equalize,
  greyscale,
  solarize,
  posterize,
  rotate: (image, degrees, interpolation) => rotate(image, degrees, { interpolation }),
  affine: (image, parameters, interpolation) => affine(image, parameters, { interpolation }),
  flipHorizontal,
  flipVertical,
  pad: (image, border) => pad(image, { left: border, top: border, right: border, bottom: border }),
};

test.each(golden.cases)('$op($args) of the $image equals torchvision’s with Pillow', ({ op, args, image, sha256_rgb }) => {
  const out = operations[op]?.(images[image], ...args) as RgbImage;
  expect(createHash('sha256').update(out.data).digest('hex')).toBe(sha256_rgb);
});

test.each(golden.blur)('a Gaussian blur of $args is within 1 level of torchvision’s', ({ args, sample }) => {
  const { data } = gaussianBlur(images.square, ...args);
  const differences = sample.map((value, i) => Math.abs(value - (data[i * 997] as number)));
  expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  expect(differences.filter((difference) => difference > 0).length).toBeLessThan(differences.length / 20);
});
