import * as tf from '@tensorflow/tfjs-core';
import { required } from '../ops/expect.ts';
import type { KernelImplementation } from '../registration.ts';

interface CumulativeAttributes {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/** Sums or products along an axis. tfjs' kernels, on every backend, take no axis that is counted from the end. */
const cumulative =
  (neutral: 0 | 1, combine: (a: number, b: number) => number): KernelImplementation =>
  ({ inputs, attrs, runtime, stock }) => {
    const { x } = required(inputs, 'x');
    const { axis: given, exclusive, reverse } = attrs as CumulativeAttributes;
    if (x.dtype === 'complex64' || x.dtype === 'string') return stock();
    const [axis = 0] = tf.util.parseAxisParam(given, x.shape);
    const size = x.shape[axis] ?? 1;
    const inner = tf.util.sizeFromShape(x.shape.slice(axis + 1));
    const outer = tf.util.sizeFromShape(x.shape.slice(0, axis));
    const y = runtime.output(x.shape, tf.upcastType(x.dtype, 'int32'));
    runtime.recordings.endRecording(); // computed here
    const [from, to] = [x, y].map((tensor) => runtime.backend.typedArrayFromHeap(tensor)) as [Float32Array, Float32Array];
    const integers = y.dtype === 'int32';
    for (let line = 0; line < outer * inner; line++) {
      const first = Math.floor(line / inner) * size * inner + (line % inner);
      let total: number = neutral;
      for (let i = 0; i < size; i++) {
        const at = first + (reverse ? size - 1 - i : i) * inner;
        const next = combine(total, from[at] as number);
        to[at] = exclusive ? total : next;
        total = integers ? next | 0 : next;
      }
    }
    return y;
  };

export const cumsum = cumulative(0, (a, b) => a + b);

export const cumprod = cumulative(1, (a, b) => a * b);
