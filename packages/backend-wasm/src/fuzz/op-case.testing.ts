import type * as tf from '@tensorflow/tfjs-core';
import type { Operand } from './operand.testing.ts';
import type { Random } from './random.testing.ts';

export type Result = tf.Tensor | number | null | readonly Result[] | { readonly [key: string]: Result };

/** One call of an op. */
export interface OpCase {
  /** The call as it would be typed in, its tensors called `a`, `b`, `c`, … */
  readonly call: string;
  readonly inputs: readonly Operand[];
  run(...tensors: tf.Tensor[]): Result | Promise<Result>;
  /** What cpu is asked instead, where it cannot be asked the same. */
  readonly onCpu?: OpCase['run'];
  /**
   * How a value's rounding is bounded: `'each'` by its own magnitude, as where nothing is summed; `'sum'`, the default, by what the op
   * gives for the magnitudes of its inputs as well, as for sums of products; `'largest'` by the largest there is, as where rows are mixed.
   */
  readonly rounding?: 'each' | 'sum' | 'largest';
  /** What rounds more than a few times, as by approximations of functions: units in the last place; 8 by default. */
  readonly roundings?: number;
  /** Do not take gradients: what is returned is no function of the inputs that has any. */
  readonly noGradient?: boolean;
  /** What is right where tfjs' cpu backend is not, or throws. */
  readonly truth?: Operand;
  /** Linear in its first input: where cpu's gradient is wrong, what it does to each unit vector says what is right. */
  readonly linear?: boolean;
}

/** Makes a case of an op. */
export type OpCases = (random: Random) => OpCase;

/** A value as JavaScript would write it. */
export const literalOf = (value: unknown): string =>
  value === undefined ? 'undefined' : typeof value === 'number' ? (Object.is(value, -0) ? '-0' : String(value)) : JSON.stringify(value);

/** A case that calls `f` with tensors, then with `rest`. */
export function callOf(
  name: string,
  f: (...args: never[]) => unknown,
  inputs: readonly Operand[],
  rest: readonly unknown[] = [],
  more: Partial<OpCase> = {},
): OpCase {
  const letters = inputs.map((_, i) => String.fromCharCode(97 + i));
  return {
    call: `${name}(${[...letters, ...rest.map(literalOf)].join(', ')})`,
    inputs,
    run: (...tensors) => (f as (...args: unknown[]) => Result | Promise<Result>)(...tensors, ...rest),
    ...more,
  };
}
