import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { operation } from '../op.ts';

/** `size` channels of x from `begin` on: `[N,H,W,C]` to `[N,H,W,size]`. */
export const takeChannels = operation<{ readonly begin: number; readonly size: number }>({
  name: 'takeChannels',
  shape: ([x = []], { begin, size }) => {
    const channels = x.at(-1) ?? 0;
    if (begin < 0 || size < 1 || begin + size > channels)
      throw new ShapeError(`takeChannels: channels ${begin} to ${begin + size - 1} are not all in [${x.join(',')}].`);
    return [...x.slice(0, -1), size];
  },
  run: ([x], { begin, size }) => taken(begin, size)(x as tf.Tensor),
});

const taken = (begin: number, size: number) =>
  tf.customGrad((input) => {
    const { shape } = input as tf.Tensor;
    const last = shape.length - 1;
    return {
      value: tf.slice(
        input as tf.Tensor,
        shape.map((_, i) => (i === last ? begin : 0)),
        shape.map((d, i) => (i === last ? size : d)),
      ),
      gradFunc: (dy: tf.Tensor) =>
        tf.pad(
          dy,
          shape.map((d, i): [number, number] => (i === last ? [begin, d - begin - size] : [0, 0])),
        ),
    };
  }) as (x: tf.Tensor) => tf.Tensor;
