import * as tf from '@tensorflow/tfjs-core';
import { formatShape, ShapeError } from '../errors.ts';
import { operation } from '../op.ts';

interface ReshapeAttributes {
  /** What a sample is, and what it becomes: of as many values. */
  readonly from: readonly number[];
  readonly each: readonly number[];
}

const reshapeOperation = operation<ReshapeAttributes>({
  name: 'reshape',
  shape: ([x = []], { from, each }) => {
    const [n, ...sample] = x;
    // The same number of values in another form would have them in another order.
    if (n === undefined || sample.join() !== from.join())
      throw new ShapeError(`reshape: expected ${formatShape(['N', ...from])} but received ${formatShape(x)}.`);
    return [n, ...each];
  },
  run: ([x], { each }) => reshaped(each)(x as tf.Tensor),
});

const reshaped = (each: readonly number[]) =>
  tf.customGrad((input) => {
    const { shape } = input as tf.Tensor;
    return { value: tf.reshape(input as tf.Tensor, [shape[0] ?? 1, ...each]), gradFunc: (dy: tf.Tensor) => tf.reshape(dy, shape) };
  }) as (x: tf.Tensor) => tf.Tensor;

/** Everything of a sample in one row: `[N,H,W,C]` to `[N,H*W*C]`, in tfjs' order (torch flattens channels first). */
export function flatten(x: tf.Tensor): tf.Tensor {
  const from = x.shape.slice(1);
  return reshapeOperation([x], { from, each: [from.reduce((product, d) => product * d, 1)] });
}

/** A feature vector as an image of one pixel: `[N,C]` to `[N,1,1,C]`. */
export function asPixel(x: tf.Tensor): tf.Tensor {
  const from = x.shape.slice(1);
  if (from.length !== 1) throw new ShapeError(`asPixel: expected [N,C] but received ${formatShape(x.shape)}.`);
  return reshapeOperation([x], { from, each: [1, 1, ...from] });
}
