import type { Random } from '../random.ts';
import type { RgbImage } from '../rgb-image.ts';

/** How a transform is described in JSON, so that a worker can build it again: its maker's name and arguments. */
export interface TransformSpec {
  readonly name: string;
  readonly args: readonly unknown[];
}

/**
 * Makes an image of another one, with luck from `random` alone: the same stream gives the same picture. Any such
 * function will do; those made by this package also carry a `spec` that lets them travel to workers.
 */
export interface Transform {
  (image: RgbImage, random: Random): RgbImage;
  readonly spec?: TransformSpec;
}

/** Attaches the `spec` that `transformFromSpec` would build `apply` from. */
export function describedTransform(name: string, args: readonly unknown[], apply: Transform): Transform {
  return Object.assign((image: RgbImage, random: Random) => apply(image, random), { spec: { name, args } });
}

/** Does one transform after the other. */
export function compose(...transforms: readonly Transform[]): Transform {
  const apply: Transform = (image, random) => transforms.reduce((current, transform) => transform(current, random), image);
  const specs = transforms.flatMap(({ spec }) => spec ?? []);
  return specs.length === transforms.length ? describedTransform('compose', specs, apply) : apply;
}
