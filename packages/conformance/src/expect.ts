import { relativeError } from '@resnetjs/testing/closeness';

// The suite runs in pages too, where the test runner's `expect` is not.

/** A tensor's values, read the way that every backend can. */
export interface Readable {
  data(): Promise<ArrayLike<number>>;
}

/** @throws Error unless ‖actual − expected‖ / ‖expected‖ is below the tolerance. NaN is below none. */
export function expectClose(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  const error = actual.length === expected.length ? relativeError(actual, expected) : Number.NaN;
  if (!(error < tolerance))
    throw new Error(
      `${what}: relative error ${error.toExponential(1)}, tolerance ${tolerance.toExponential(1)}; ${show(actual)} for ${show(expected)}`,
    );
}

/** @throws Error unless all values are the same; NaN is NaN, and −0 is 0. */
export function expectSame(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  const same = actual.length === expected.length && Array.from(actual).every((v, i) => v === expected[i] || Object.is(v, expected[i]));
  if (!same) throw new Error(`${what}: ${show(actual)} for ${show(expected)}`);
}

const show = (values: ArrayLike<number>): string =>
  `[${Array.from({ length: Math.min(values.length, 16) }, (_, i) => values[i]).join(', ')}${values.length > 16 ? ', …' : ''}] (${values.length})`;
