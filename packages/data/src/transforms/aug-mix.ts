import type { Random } from '../random.ts';
import type { Size } from '../resize.ts';
import type { WarpOptions } from './affine.ts';
import { type AugmentationName, type AugmentationSpace, augmentAt } from './augmentation-operation.ts';
import { usualSpace } from './rand-augment.ts';
import { describedTransform, type Transform } from './transform.ts';

/** How `augMix` mixes. */
export interface AugMixOptions extends WarpOptions {
  /** Strength of each operation, 1 to 10. Default 3. */
  readonly severity?: number;
  /** Chains that are mixed. Default 3. */
  readonly width?: number;
  /** Operations a chain; drawn from 1 to 3 if absent. */
  readonly depth?: number;
  /** Of the Beta and Dirichlet distributions of the weights. Default 1. */
  readonly alpha?: number;
}

const BINS = 10;

const mixSpace = (size: Size): AugmentationSpace => ({
  ...usualSpace(size),
  TranslateX: { from: 0, to: size.width / 3, signed: true },
  TranslateY: { from: 0, to: size.height / 3, signed: true },
  Posterize: { from: 4, to: 0, whole: true },
});

/** Mixes the image with several randomly altered copies: torchvision's `AugMix`. @see Hendrycks et al. 2019, https://arxiv.org/abs/1912.02781 */
export function augMix(options: AugMixOptions = {}): Transform {
  const { severity = 3, width = 3, depth, alpha = 1, interpolation = 'bilinear', fill = 0 } = options;
  const warp = { interpolation, fill };
  return describedTransform('augMix', [options], (image, random) => {
    const space = mixSpace(image);
    const names = Object.keys(space) as AugmentationName[];
    const [own, others] = dirichlet(2, alpha, random) as [number, number];
    const mixed = Float32Array.from(image.data, (value) => value * own);
    for (const weight of dirichlet(width, alpha, random)) {
      let copy = image;
      for (let left = depth ?? 1 + random.int(3); left > 0; left--) {
        const name = names[random.int(names.length)] as AugmentationName;
        copy = augmentAt(copy, name, { range: space[name], bin: random.int(severity), bins: BINS, random, warp });
      }
      const share = weight * others;
      for (let i = 0; i < mixed.length; i++) mixed[i] = (mixed[i] as number) + share * (copy.data[i] as number);
    }
    // Weights add up to 1 but for float32 rounding: the clamp is for that.
    return { ...image, data: Uint8Array.from(mixed, (value) => Math.min(255, value)) };
  });
}

function dirichlet(length: number, alpha: number, random: Random): number[] {
  const draws = Array.from({ length }, () => gamma(alpha, random));
  const sum = draws.reduce((total, draw) => total + draw, 0);
  return draws.map((draw) => draw / sum);
}

/** A draw from Beta(alpha, beta). */
export function beta(alpha: number, beta: number, random: Random): number {
  const a = gamma(alpha, random);
  return a / (a + gamma(beta, random));
}

/** @see Marsaglia & Tsang 2000, https://doi.org/10.1145/358407.358414 */
function gamma(shape: number, random: Random): number {
  if (shape < 1) return gamma(shape + 1, random) * (1 - random.next()) ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const x = random.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
