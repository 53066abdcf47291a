import { ShapeError } from '@resnetjs/core';

/**
 * What each image of a batch shows: labels `[N]`, whole numbers from 0; or, as a `Float32Array`, a distribution over the
 * classes for each, `[N,classes]` row by row, as mixup, cutmix and distillation give.
 */
export type Targets = ArrayLike<number>;

export const isSoft = (targets: Targets): targets is Float32Array => targets instanceof Float32Array;

/** @throws ShapeError where targets do not fit logits of `[images,classes]`, naming the first label that is none. */
export function checkTargets(what: string, targets: Targets, [images, classes]: readonly [number, number]): void {
  if (isSoft(targets)) {
    if (targets.length !== images * classes)
      throw new ShapeError(
        `${what}: the logits are [${images},${classes}] but the distributions have ${targets.length} numbers. Labels must not be a Float32Array.`,
      );
    return;
  }
  if (targets.length !== images) throw new ShapeError(`${what}: ${images} rows of logits but ${targets.length} labels.`);
  for (let i = 0; i < images; i++) {
    const label = targets[i] as number;
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new ShapeError(`${what}: label ${label} at position ${i} is not a whole number from 0 to ${classes - 1}, the model's classes.`);
  }
}
