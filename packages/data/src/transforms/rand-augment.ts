import type { Size } from '../resize.ts';
import type { WarpOptions } from './affine.ts';
import { type AugmentationName, type AugmentationSpace, augmentAt } from './augmentation-operation.ts';
import { describedTransform, type Transform } from './transform.ts';

/** The magnitudes of AutoAugment and RandAugment for an image of this size. */
export const usualSpace = ({ width, height }: Size): AugmentationSpace => ({
  ShearX: { from: 0, to: 0.3, signed: true },
  ShearY: { from: 0, to: 0.3, signed: true },
  TranslateX: { from: 0, to: (150 / 331) * width, signed: true },
  TranslateY: { from: 0, to: (150 / 331) * height, signed: true },
  Rotate: { from: 0, to: 30, signed: true },
  Brightness: { from: 0, to: 0.9, signed: true },
  Color: { from: 0, to: 0.9, signed: true },
  Contrast: { from: 0, to: 0.9, signed: true },
  Sharpness: { from: 0, to: 0.9, signed: true },
  Posterize: { from: 8, to: 4, whole: true },
  Solarize: { from: 255, to: 0 },
  AutoContrast: undefined,
  Equalize: undefined,
});

const WIDE: AugmentationSpace = {
  Identity: undefined,
  ShearX: { from: 0, to: 0.99, signed: true },
  ShearY: { from: 0, to: 0.99, signed: true },
  TranslateX: { from: 0, to: 32, signed: true },
  TranslateY: { from: 0, to: 32, signed: true },
  Rotate: { from: 0, to: 135, signed: true },
  Brightness: { from: 0, to: 0.99, signed: true },
  Color: { from: 0, to: 0.99, signed: true },
  Contrast: { from: 0, to: 0.99, signed: true },
  Sharpness: { from: 0, to: 0.99, signed: true },
  Posterize: { from: 8, to: 2, whole: true },
  Solarize: { from: 255, to: 0 },
  AutoContrast: undefined,
  Equalize: undefined,
};

/** How much `randAugment` does. */
export interface RandAugmentOptions extends WarpOptions {
  /** Operations, one after the other. Default 2. */
  readonly operations?: number;
  /** Which of the bins, 0 (mild) to `bins - 1`. Default 9. */
  readonly magnitude?: number;
  /** Default 31. */
  readonly bins?: number;
}

/** Applies a few random operations at one magnitude: torchvision's `RandAugment`. @see Cubuk et al. 2019, https://arxiv.org/abs/1909.13719 */
export function randAugment(options: RandAugmentOptions = {}): Transform {
  const { operations = 2, magnitude = 9, bins = 31, ...warp } = options;
  return describedTransform('randAugment', [options], (image, random) => {
    const space: AugmentationSpace = { Identity: undefined, ...usualSpace(image) };
    const names = Object.keys(space) as AugmentationName[];
    for (let i = 0; i < operations; i++) {
      const name = names[random.int(names.length)] as AugmentationName;
      image = augmentAt(image, name, { range: space[name], bin: magnitude, bins, random, warp });
    }
    return image;
  });
}

/** Applies one random operation at a random magnitude of a wide range: torchvision's `TrivialAugmentWide`. @see Müller & Hutter 2021, https://arxiv.org/abs/2103.10158 */
export function trivialAugmentWide(options: WarpOptions & { readonly bins?: number } = {}): Transform {
  const { bins = 31, ...warp } = options;
  const names = Object.keys(WIDE) as AugmentationName[];
  return describedTransform('trivialAugmentWide', [options], (image, random) => {
    const name = names[random.int(names.length)] as AugmentationName;
    return augmentAt(image, name, { range: WIDE[name], bin: random.int(bins), bins, random, warp });
  });
}
