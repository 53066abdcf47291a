import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../decode-image.ts';
import { createRandom } from '../random.ts';
import type { RgbImage } from '../rgb-image.ts';
import { augMix } from './aug-mix.ts';
import { autoAugment } from './auto-augment.ts';
import { centerCropTo, evaluationCrop, resizeTo } from './fixed-transforms.ts';
import { transformFromSpec } from './from-spec.ts';
import { fiveCrop, tenCrop } from './many-crops.ts';
import { randAugment, trivialAugmentWide } from './rand-augment.ts';
import {
  colourJitter,
  randomAffine,
  randomErasing,
  randomGaussianBlur,
  randomGreyscale,
  randomHorizontalFlip,
  randomVerticalFlip,
} from './random-changes.ts';
import { randomCrop, randomResizedCrop } from './random-crops.ts';
import { compose } from './transform.ts';

const file = readFileSync(new URL('../../../testing/photos/chelsea.png', import.meta.url));
const photo = resizeTo(64)(await decodeImage(file), createRandom(0));

const transforms = [
  augMix({ severity: 5 }),
  autoAugment('imagenet'),
  autoAugment('cifar10'),
  autoAugment('svhn'),
  centerCropTo(40),
  colourJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 }),
  evaluationCrop({ resize: 40, crop: 32, interpolation: 'bicubic' }),
  randAugment(),
  randomAffine({ degrees: 30, translate: [0.1, 0.2], scale: [0.8, 1.2], shear: 10, interpolation: 'bilinear', fill: 128 }),
  randomCrop(64, { padding: 4 }),
  randomErasing({ probability: 1, value: 'random' }),
  randomGaussianBlur(5),
  randomGreyscale(),
  randomHorizontalFlip(),
  randomResizedCrop(32, { scale: [0.2, 1] }),
  randomVerticalFlip(),
  trivialAugmentWide(),
  compose(randomCrop(64, { padding: 4 }), randomHorizontalFlip()),
];

describe.each(transforms)('$spec.name', (transform) => {
  const run = (seed: number, apply = transform) => apply(photo, createRandom(seed));

  test('the same seed gives the same picture, also when built again from its JSON', () => {
    const again = transformFromSpec(JSON.parse(JSON.stringify(transform.spec)));
    for (let seed = 0; seed < 5; seed++) expect(same(run(seed, again).data, run(seed).data)).toBe(true);
  });

  test('it leaves its input alone and gives whole images', () => {
    const before = photo.data.slice();
    for (let seed = 0; seed < 5; seed++) {
      const { width, height, data } = run(seed);
      expect(data.length).toBe(width * height * 3);
    }
    expect(same(photo.data, before)).toBe(true);
  });
});

// toEqual takes seconds for arrays this long.
function same(a: RgbImage['data'], b: RgbImage['data']) {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

test('random resized crops cover the areas and shapes asked for', () => {
  // A picture whose pixels say where they are, cropped without resizing more than a pixel.
  const map: RgbImage = {
    width: 100,
    height: 80,
    data: Uint8Array.from({ length: 100 * 80 * 3 }, (_, i) => (i % 3 === 0 ? (i / 3) % 100 : i % 3 === 1 ? i / 300 : 0)),
  };
  const crop = randomResizedCrop({ width: 50, height: 50 }, { scale: [0.25, 0.25], ratio: [1, 1] });
  for (let seed = 0; seed < 50; seed++) {
    const { data } = crop(map, createRandom(seed));
    const width = (data[49 * 3] as number) - (data[0] as number);
    expect(Math.abs(width - 44)).toBeLessThanOrEqual(2); // sqrt(8000 / 4) = 44.7 pixels wide
  }
});

test('flips and greys come as often as asked for', () => {
  const flip = randomHorizontalFlip(0.3);
  const flipped = Array.from({ length: 1000 }, (_, seed) => flip(photo, createRandom(seed)) !== photo).filter(Boolean).length;
  expect(Math.abs(flipped - 300)).toBeLessThan(60); // 4 standard deviations
});

test('a crop larger than the padded image is refused', () => {
  expect(() => randomCrop(100)(photo, createRandom(0))).toThrow(/96x64 image padded by 0 is smaller than the crop of 100/);
});

test('ten crops are five and five mirrored', () => {
  const [topLeft, topRight] = fiveCrop(photo, 32);
  expect(topLeft?.data.slice(0, 3)).toEqual(photo.data.slice(0, 3));
  expect(topRight?.data.slice(93, 96)).toEqual(photo.data.slice((photo.width - 1) * 3, photo.width * 3));
  expect(tenCrop(photo, 32)).toHaveLength(10);
});

test('an unknown transform is refused by name', () => {
  expect(() => transformFromSpec({ name: 'toString', args: [] })).toThrow(/no transform toString. Known are: compose, augMix/);
});

test.each(['imagenet', 'cifar10', 'svhn'] as const)('every step of the %s policy is an operation there is', (policy) => {
  const transform = autoAugment(policy);
  for (let seed = 0; seed < 200; seed++)
    expect(transform(fiveCrop(photo, 16)[0] as RgbImage, createRandom(seed)).data.length).toBe(16 * 16 * 3);
});
