import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { operation } from '../op.ts';

const concatOperation = operation<Record<never, never>>({
  name: 'concat',
  shape: ([first = [], ...rest]) => {
    if (first.length === 0) throw new ShapeError('concat: there is nothing to put side by side. Give it tensors that have channels.');
    const faulty = rest.find((x) => x.length !== first.length || x.slice(0, -1).some((d, i) => d !== first[i]));
    if (faulty)
      throw new ShapeError(
        `concat: [${first.join(',')}] and [${faulty.join(',')}] cannot stand side by side; all sizes but the last, channels, must be equal.`,
      );
    return [...first.slice(0, -1), rest.reduce((sum, x) => sum + (x.at(-1) ?? 0), first.at(-1) ?? 0)];
  },
  run: (inputs) => sideBySide(...inputs),
});

/**
 * Tensors side by side along their last axis: `[N,H,W,C1]`, `[N,H,W,C2]`, … to `[N,H,W,C1+C2+…]`.
 *
 * @throws ShapeError if they differ in any other axis.
 */
export const concat = (inputs: readonly tf.Tensor[]): tf.Tensor => concatOperation(inputs, {});

/** Keeps only the channel counts for the backward pass; tfjs' own gradient keeps every input. */
const sideBySide = tf.customGrad((...args) => {
  const inputs = args.slice(0, -1) as tf.Tensor[];
  const shapes = inputs.map(({ shape }) => shape);
  return {
    value: inputs.length === 1 ? tf.clone(inputs[0] as tf.Tensor) : tf.concat(inputs, -1),
    gradFunc: (dy: tf.Tensor) => {
      let end = 0;
      return shapes.map((shape) => {
        const begin = shape.map((_, i) => (i === shape.length - 1 ? end : 0));
        end += shape.at(-1) ?? 0;
        return tf.slice(dy, begin, shape);
      });
    },
  };
}) as (...inputs: tf.Tensor[]) => tf.Tensor;
