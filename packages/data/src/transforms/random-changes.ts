import { ImageError } from '../image-error.ts';
import { permutation } from '../random.ts';
import { affine, type WarpOptions } from './affine.ts';
import { adjustBrightness, adjustContrast, adjustSaturation, greyscale } from './colour.ts';
import { flipHorizontal, flipVertical } from './flip.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { adjustHue } from './hue.ts';
import { describedTransform, type Transform } from './transform.ts';

/** Mirrors left and right with this probability. */
export const randomHorizontalFlip = (probability = 0.5): Transform =>
  describedTransform('randomHorizontalFlip', [probability], (image, random) =>
    random.next() < probability ? flipHorizontal(image) : image,
  );

/** Mirrors top and bottom with this probability. */
export const randomVerticalFlip = (probability = 0.5): Transform =>
  describedTransform('randomVerticalFlip', [probability], (image, random) => (random.next() < probability ? flipVertical(image) : image));

/** Removes colour with this probability. */
export const randomGreyscale = (probability = 0.1): Transform =>
  describedTransform('randomGreyscale', [probability], (image, random) => (random.next() < probability ? greyscale(image) : image));

/** Blurs with a random sigma of this range. `kernelSize` is odd. */
export const randomGaussianBlur = (kernelSize: number, sigma: readonly [number, number] = [0.1, 2]): Transform =>
  describedTransform('randomGaussianBlur', [kernelSize, sigma], (image, random) =>
    gaussianBlur(image, kernelSize, random.uniform(...sigma)),
  );

/** How far `colourJitter` goes: a factor is drawn from 1 - x … 1 + x; hue from -x … x. */
export interface ColourJitterOptions {
  readonly brightness?: number;
  readonly contrast?: number;
  readonly saturation?: number;
  /** At most 0.5. */
  readonly hue?: number;
}

/** Changes brightness, contrast, saturation and hue at random, in random order: torchvision's `ColorJitter`. @throws ImageError for a hue beyond 0.5. */
export function colourJitter(options: ColourJitterOptions): Transform {
  const { brightness = 0, contrast = 0, saturation = 0, hue = 0 } = options;
  if (!(hue >= 0 && hue <= 0.5)) throw new ImageError(`colourJitter: hue must be within 0 and 0.5, but received ${hue}.`);
  const changes = [
    { by: brightness, around: 1, change: adjustBrightness },
    { by: contrast, around: 1, change: adjustContrast },
    { by: saturation, around: 1, change: adjustSaturation },
    { by: hue, around: 0, change: adjustHue },
  ];
  return describedTransform('colourJitter', [options], (image, random) => {
    for (const i of permutation(changes.length, random)) {
      const { by, around, change } = changes[i] as (typeof changes)[number];
      const least = around === 1 ? 0 : -by;
      if (by > 0) image = change(image, random.uniform(Math.max(least, around - by), around + by));
    }
    return image;
  });
}

/** What `randomAffine` draws from. */
export interface RandomAffineOptions extends WarpOptions {
  /** Turn by -x … x degrees, or within a range. Default none. */
  readonly degrees?: number | readonly [number, number];
  /** Shift by up to this share of width and height. Default none. */
  readonly translate?: readonly [number, number];
  readonly scale?: readonly [number, number];
  /** Shear along x by -x … x degrees. Default none. */
  readonly shear?: number;
}

/** Turns, shifts, scales and shears at random: torchvision's `RandomAffine` (and `RandomRotation`, with degrees alone). */
export function randomAffine(options: RandomAffineOptions): Transform {
  const { degrees = 0, translate = [0, 0], scale = [1, 1], shear = 0, ...warp } = options;
  const turns = typeof degrees === 'number' ? ([-degrees, degrees] as const) : degrees;
  return describedTransform('randomAffine', [options], (image, random) => {
    const angle = random.uniform(...turns);
    const shift = (share: number, size: number) => Math.round(random.uniform(-share * size, share * size));
    const moved = [shift(translate[0], image.width), shift(translate[1], image.height)] as const;
    const parameters = { angle, translate: moved, scale: random.uniform(...scale), shear: [random.uniform(-shear, shear), 0] as const };
    return affine(image, parameters, warp);
  });
}

/** What `randomErasing` covers. */
export interface RandomErasingOptions {
  readonly probability?: number;
  /** Least and greatest share of the area. Default 0.02 to 0.33. */
  readonly scale?: readonly [number, number];
  /** Least and greatest height by width. Default 0.3 to 3.3. */
  readonly ratio?: readonly [number, number];
  /** A byte for all channels, or noise. Default 0. */
  readonly value?: number | 'random';
}

/**
 * Covers a random rectangle: torchvision's `RandomErasing`, on bytes: `value` is before normalization, and `'random'`
 * is uniform noise where torchvision's, after normalization, is Gaussian.
 */
export function randomErasing(options: RandomErasingOptions = {}): Transform {
  const { probability = 0.5, scale = [0.02, 0.33], ratio = [0.3, 3.3], value = 0 } = options;
  return describedTransform('randomErasing', [options], (image, random) => {
    if (random.next() >= probability) return image;
    const { width, height } = image;
    for (let attempt = 0; attempt < 10; attempt++) {
      const area = width * height * random.uniform(...scale);
      const aspect = Math.exp(random.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
      const [h, w] = [Math.round(Math.sqrt(area * aspect)), Math.round(Math.sqrt(area / aspect))];
      if (h >= height || w >= width) continue;
      const [top, left] = [random.int(height - h + 1), random.int(width - w + 1)];
      const data = new Uint8Array(image.data);
      for (let y = top; y < top + h; y++) {
        for (let i = (y * width + left) * 3; i < (y * width + left + w) * 3; i++) data[i] = value === 'random' ? random.int(256) : value;
      }
      return { width, height, data };
    }
    return image;
  });
}
