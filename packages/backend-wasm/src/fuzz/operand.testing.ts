import * as tf from '@tensorflow/tfjs-core';
import type { Random } from './random.testing.ts';

/** A tensor before it is on any backend: of complex64, real and imaginary parts alternate. */
export interface Operand {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  readonly values: readonly number[] | readonly string[];
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export function toTensor({ shape, dtype, values }: Operand): tf.Tensor {
  const own = [...shape];
  if (dtype === 'string') return tf.tensor(values as string[], own, 'string');
  const numbers = values as number[];
  if (dtype !== 'complex64') return tf.tensor(typed(numbers, dtype), own, dtype);
  const part = (offset: number) =>
    tf.tensor(
      Float32Array.from({ length: numbers.length / 2 }, (_, i) => numbers[2 * i + offset] as number),
      own,
    );
  return tf.complex(part(0), part(1));
}

const typed = (values: number[], dtype: tf.DataType) =>
  dtype === 'float32' ? Float32Array.from(values) : dtype === 'int32' ? Int32Array.from(values) : Uint8Array.from(values);

const text = (value: number | string) => (Object.is(value, -0) ? '-0' : typeof value === 'string' ? `'${value}'` : String(value));

/** As it would be typed in. */
export const describe = ({ shape, dtype, values }: Operand): string =>
  dtype === 'complex64'
    ? `complex64 [${shape}] of (real, imaginary) [${values.map(text).join(', ')}]`
    : `tf.tensor([${values.map(text).join(', ')}], [${shape.join(', ')}], '${dtype}')`;

/** Where values lie; each is where some kernel went wrong: ties, negatives alone, no number, large ones. */
export type Kind = 'ordinary' | 'ties' | 'negative' | 'positive' | 'special' | 'wide' | 'unit';

const KINDS: readonly Kind[] = ['ordinary', 'ordinary', 'ties', 'negative', 'positive', 'special', 'wide'];

export const anyKind = (random: Random): Kind => random.pick(KINDS);

const SPECIAL = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1, -1];

function float(random: Random, kind: Kind): number {
  const uniform = random.next();
  switch (kind) {
    case 'ordinary':
      return 8 * uniform - 4;
    case 'ties':
      return random.int(-2, 2);
    case 'negative':
      return -0.01 - 4 * uniform;
    case 'positive':
      return 0.01 + 4 * uniform;
    case 'unit':
      return 1.98 * uniform - 0.99;
    case 'wide':
      return (uniform - 0.5) * 10 ** random.int(-9, 9);
    case 'special':
      return random.chance(0.25) ? random.pick(SPECIAL) : 8 * uniform - 4;
  }
}

/** A float32 tensor. */
export const floats = (random: Random, shape: readonly number[], kind: Kind = anyKind(random)): Operand => ({
  shape,
  dtype: 'float32',
  values: Array.from({ length: sizeOf(shape) }, () => Math.fround(float(random, kind))),
});

/** An int32 tensor of values from `least` to `most`. */
export const ints = (random: Random, shape: readonly number[], least = -5, most = 5): Operand => ({
  shape,
  dtype: 'int32',
  values: Array.from({ length: sizeOf(shape) }, () => random.int(least, most)),
});

export const bools = (random: Random, shape: readonly number[]): Operand => ({ ...ints(random, shape, 0, 1), dtype: 'bool' });

export const complexes = (random: Random, shape: readonly number[]): Operand => ({
  shape,
  dtype: 'complex64',
  values: Array.from({ length: 2 * sizeOf(shape) }, () => Math.fround(float(random, 'ordinary'))),
});

export const strings = (
  random: Random,
  shape: readonly number[],
  words: readonly string[] = ['a', 'b', 'résumé', '', 'a b', '猫'],
): Operand => ({
  shape,
  dtype: 'string',
  values: Array.from({ length: sizeOf(shape) }, () => random.pick(words)),
});

/** These values, as they are. */
export const literal = (values: readonly number[], shape: readonly number[], dtype: 'float32' | 'int32' = 'int32'): Operand => ({
  shape,
  dtype,
  values,
});

/** Floats most of the time, for they are what networks are made of; else integers, small or as large as they get, or booleans. */
export function numbers(random: Random, shape: readonly number[], kind?: Kind): Operand {
  const choice = random.next();
  if (choice < 0.6) return floats(random, shape, kind);
  if (choice < 0.75) return ints(random, shape);
  if (choice < 0.85) return ints(random, shape, -(2 ** 31), 2 ** 31 - 1);
  return bools(random, shape);
}

/** A shape with sizes from 0 (seldom) or 1 to `most`. */
export function anyShape(random: Random, leastRank = 0, mostRank = 6, most = 5): number[] {
  const rank = random.int(leastRank, mostRank);
  const largest = rank > 4 ? Math.min(most, 3) : most;
  const shape = Array.from({ length: rank }, () => random.int(1, largest));
  if (rank > 0 && random.chance(0.06)) shape[random.int(0, rank - 1)] = 0;
  return shape;
}

/** As {@link anyShape}, but not of nothing. */
export const someShape = (random: Random, leastRank = 0, mostRank = 4): number[] =>
  anyShape(random, leastRank, mostRank).map((size) => Math.max(1, size));

/** Two shapes that broadcast against each other; seldom two that do not. */
export function broadcastable(random: Random): [number[], number[]] {
  const whole = anyShape(random);
  const part = (shape: number[]) =>
    shape.slice(random.chance(0.3) ? random.int(0, shape.length) : 0).map((size) => (random.chance(0.25) ? 1 : size));
  const other = random.chance(0.4) ? [...whole] : part(whole);
  if (random.chance(0.03)) other.push(random.int(2, 4));
  return random.chance(0.5) ? [whole, other] : [other, random.chance(0.4) ? part(whole) : whole];
}
