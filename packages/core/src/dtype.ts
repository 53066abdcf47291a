import * as tf from '@tensorflow/tfjs-core';
import { DtypeError, formatShape } from './errors.ts';

/**
 * Whole numbers and truth values become floats, as torch's `.float()`; gradients pass as they are. tfjs' `cast` alone gives the same
 * memory another type, on its cpu and WebGPU backends, and some shaders of the latter go by what is in the memory. A product is
 * written anew.
 */
const cast = tf.customGrad((x) => ({ value: tf.mul(x as tf.Tensor, tf.scalar(1)), gradFunc: (dy: tf.Tensor) => tf.clone(dy) }));

const REMEDIES: Readonly<Partial<Record<tf.DataType, string>>> = {
  string: 'Decode what is encoded, or replace words by numbers, first.',
  complex64: 'Take tf.real(x), tf.imag(x) or tf.abs(x).',
};

/**
 * The rule for what is not float32, in all of these packages: `int32` (which is what `tf.browser.fromPixels` gives) and
 * `bool` are cast, anything else is refused. Kernels read a tensor's bits, so none may meet another type.
 *
 * @param what the function that received it, for the message
 * @returns `x` itself if it is float32 already; otherwise a new tensor, which the scope around the call frees.
 * @throws DtypeError naming the function and the type.
 */
export function asFloats(what: string, x: tf.Tensor): tf.Tensor {
  const { dtype } = x;
  if (dtype === 'float32') return x;
  if (dtype === 'int32' || dtype === 'bool') return cast(x);
  throw new DtypeError(`${what}: expected a tensor of numbers but received one of ${dtype}, ${formatShape(x.shape)}. ${REMEDIES[dtype]}`);
}
