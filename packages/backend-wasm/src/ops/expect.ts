import type { TensorInfo } from '@tensorflow/tfjs-core';
import { KernelInputError } from '../kernel-input-error.ts';
import { sameShape } from './chunks.ts';

// What a kernel reads and writes lies where the sizes of its call say. So the sizes are checked against the tensors before anything is
// computed; the kernel's name comes to the message where kernels are registered.

type Inputs = Readonly<Record<string, TensorInfo | undefined>>;
type Named<T> = Readonly<Record<string, T>>;

const words = (shape: readonly number[]) => `[${shape.join()}]`;

/** The inputs by these names; none may be missing. */
export function required<Name extends string>(inputs: Inputs, ...names: readonly Name[]): Record<Name, TensorInfo> {
  for (const name of names) if (!inputs[name]) throw new KernelInputError(`the input ${name} is missing`);
  return inputs as Record<Name, TensorInfo>;
}

/** What is asked of a tensor: every size. Undefined is an input that may be left out, and was. */
export function expectShape(tensors: Named<TensorInfo | undefined>, expected: readonly number[]): void {
  for (const [name, tensor] of Object.entries(tensors))
    if (tensor && !sameShape(tensor, { shape: expected }))
      throw new KernelInputError(`${name}: expected ${words(expected)} but received ${words(tensor.shape)}`);
}

/**
 * What may be an attribute, too: a shape of so many whole numbers.
 *
 * @param sizes what they are called: `[N,H,W,C]`
 */
export function expectRank(tensors: Named<{ readonly shape: readonly number[] }>, sizes: string): void {
  const rank = sizes.split(',').length;
  for (const [name, { shape }] of Object.entries(tensors))
    if (!Array.isArray(shape) || shape.length !== rank || !shape.every((size) => Number.isInteger(size) && size >= 0))
      throw new KernelInputError(`${name}: expected ${sizes} but received ${JSON.stringify(shape) ?? 'nothing'}`);
}

/** What kernels read as 32-bit floats is that. */
export function expectFloat(tensors: Named<TensorInfo | undefined>): void {
  for (const [name, tensor] of Object.entries(tensors))
    if (tensor && tensor.dtype !== 'float32')
      throw new KernelInputError(`${name}: expected float32 but received ${tensor.dtype}. Cast it: tf.cast(${name}, 'float32')`);
}

const REAL: readonly string[] = ['float32', 'int32', 'bool'];

/** Numbers of one type, as tfjs' own kernels take them without a look: complex numbers and strings are none. */
export function expectReal(tensors: Named<TensorInfo>): void {
  const [first] = Object.values(tensors);
  for (const [name, { dtype }] of Object.entries(tensors)) {
    if (!REAL.includes(dtype)) throw new KernelInputError(`${name}: expected ${REAL.join(', ')} but received ${dtype}`);
    if (dtype !== first?.dtype) throw new KernelInputError(`${name}: expected ${first?.dtype}, as the others are, but received ${dtype}`);
  }
}

/** Attributes that are numbers, NaN included. */
export function expectNumbers(attributes: Named<unknown>): void {
  for (const [name, value] of Object.entries(attributes))
    if (typeof value !== 'number')
      throw new KernelInputError(`${name}: expected a number but received ${JSON.stringify(value) ?? 'nothing'}`);
}

/** Attributes that are `count` whole numbers, each `least` or more. */
export function expectWhole(attributes: Named<unknown>, count: number, least: number): void {
  for (const [name, value] of Object.entries(attributes)) {
    const numbers = Array.isArray(value) ? (value as unknown[]) : [value];
    const fits = (n: unknown) => typeof n === 'number' && Number.isInteger(n) && n >= least && n < 2 ** 31;
    if (numbers.length === count && numbers.every(fits)) continue;
    const asked = `${count === 1 ? 'a whole number' : `${count} whole numbers`} of at least ${least}`;
    throw new KernelInputError(`${name}: expected ${asked} but received ${JSON.stringify(value) ?? 'nothing'}`);
  }
}
