import type { Random } from '../random.ts';
import type { RgbImage } from '../rgb-image.ts';
import { affine, rotate, type WarpOptions } from './affine.ts';
import { adjustBrightness, adjustContrast, adjustSaturation, adjustSharpness } from './colour.ts';
import { autocontrast, equalize, invert, posterize, solarize } from './point-operations.ts';

const degreesOf = (slope: number) => (Math.atan(slope) * 180) / Math.PI;

/** The operations that learned and random policies choose from; `magnitude` has a meaning of its own in each. */
export const AUGMENTATIONS = {
  Identity: (image) => image,
  ShearX: (image, magnitude, options) => affine(image, { shear: [degreesOf(magnitude), 0], center: [0, 0] }, options),
  ShearY: (image, magnitude, options) => affine(image, { shear: [0, degreesOf(magnitude)], center: [0, 0] }, options),
  TranslateX: (image, magnitude, options) => affine(image, { translate: [Math.trunc(magnitude), 0] }, options),
  TranslateY: (image, magnitude, options) => affine(image, { translate: [0, Math.trunc(magnitude)] }, options),
  Rotate: (image, magnitude, options) => rotate(image, magnitude, options),
  Brightness: (image, magnitude) => adjustBrightness(image, 1 + magnitude),
  Color: (image, magnitude) => adjustSaturation(image, 1 + magnitude),
  Contrast: (image, magnitude) => adjustContrast(image, 1 + magnitude),
  Sharpness: (image, magnitude) => adjustSharpness(image, 1 + magnitude),
  Posterize: (image, magnitude) => posterize(image, Math.trunc(magnitude)),
  Solarize: (image, magnitude) => solarize(image, magnitude),
  AutoContrast: (image) => autocontrast(image),
  Equalize: (image) => equalize(image),
  Invert: (image) => invert(image),
} as const satisfies Record<string, (image: RgbImage, magnitude: number, options: WarpOptions) => RgbImage>;

/** Name of an operation of `AUGMENTATIONS`. */
export type AugmentationName = keyof typeof AUGMENTATIONS;

/** The magnitudes an operation takes, from the mildest bin to the strongest. */
export interface MagnitudeRange {
  readonly from: number;
  readonly to: number;
  /** Whether the direction is drawn too. */
  readonly signed?: boolean;
  /** Whether magnitudes are whole numbers (halves to even, as torch rounds). */
  readonly whole?: boolean;
}

/** A policy's operations; those without a magnitude have none. */
export type AugmentationSpace = Partial<Record<AugmentationName, MagnitudeRange | undefined>>;

/** Applies an operation at one of the `bins` of its range, in a direction drawn from `random` if it is signed. */
export function augmentAt(
  image: RgbImage,
  name: AugmentationName,
  { range, bin, bins, random, warp }: { range: MagnitudeRange | undefined; bin: number; bins: number; random: Random; warp: WarpOptions },
): RgbImage {
  const magnitude = range ? magnitudeAt(range, bin, bins) : 0;
  const negative = range?.signed && random.next() < 0.5;
  return AUGMENTATIONS[name](image, negative ? -magnitude : magnitude, warp);
}

function magnitudeAt({ from, to, whole }: MagnitudeRange, bin: number, bins: number): number {
  if (!whole) return Math.fround(from + ((to - from) * bin) / (bins - 1));
  const steps = (Math.abs(to - from) * bin) / (bins - 1);
  const rounded = steps % 1 === 0.5 && Math.floor(steps) % 2 === 0 ? Math.floor(steps) : Math.round(steps);
  return from + Math.sign(to - from) * rounded;
}
