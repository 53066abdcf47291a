import type { TensorInfo } from '@tensorflow/tfjs-core';
import { isFloat } from '../ops/chunks.ts';
import { required } from '../ops/expect.ts';
import type { KernelImplementation } from '../registration.ts';
import { floatsOf } from './floats-of.ts';

// What keeps values within bounds. XNNPACK loses NaN here; tfjs' cpu kernels call a function for each value.

/** How often `part` fits into `whole` where it is repeated along first axes alone; undefined where it is not so. */
function repeats(whole: readonly number[], part: readonly number[]): number | undefined {
  const first = part.findIndex((size) => size !== 1);
  const own = first < 0 ? [] : part.slice(first);
  if (part.length > whole.length || own.some((size, i) => size !== whole[whole.length - own.length + i])) return undefined;
  return whole.slice(0, whole.length - own.length).reduce((a, b) => a * b, 1);
}

type Loop = (whole: Float32Array, part: Float32Array, to: Float32Array) => void;

/** An operation that does not care for the order of its operands, of which one may be repeated. */
const symmetric =
  (loop: Loop): KernelImplementation =>
  ({ inputs, runtime, stock }) => {
    const { a, b } = required(inputs, 'a', 'b');
    const [whole, part]: [TensorInfo, TensorInfo] = repeats(a.shape, b.shape) === undefined ? [b, a] : [a, b];
    const count = repeats(whole.shape, part.shape);
    if (!isFloat(a, b) || count === undefined) return stock();
    const y = runtime.output(whole.shape);
    const [from, other, to] = [floatsOf(runtime, whole), floatsOf(runtime, part), floatsOf(runtime, y)];
    // Of a single value there is one loop, not as many as there are values.
    const repeated = other.length === 1 ? new Float32Array(from.length).fill(other[0] as number) : other;
    for (let at = 0; at < from.length; at += repeated.length)
      loop(from.subarray(at, at + repeated.length), repeated, to.subarray(at, at + repeated.length));
    return y;
  };

export const maximum = symmetric((a, b, to) => {
  for (let i = 0; i < to.length; i++) to[i] = Math.max(a[i] as number, b[i] as number);
});

export const minimum = symmetric((a, b, to) => {
  for (let i = 0; i < to.length; i++) to[i] = Math.min(a[i] as number, b[i] as number);
});

const clip =
  (boundsOf: (attrs: object) => readonly [low: number, high: number]): KernelImplementation =>
  ({ inputs, attrs, runtime, stock }) => {
    const { x } = required(inputs, 'x');
    if (!isFloat(x)) return stock();
    const [low, high] = boundsOf(attrs);
    const y = runtime.output(x.shape);
    const [from, to] = [floatsOf(runtime, x), floatsOf(runtime, y)];
    for (let i = 0; i < from.length; i++) to[i] = Math.min(Math.max(from[i] as number, low), high);
    return y;
  };

export const clipByValue = clip((attrs) => {
  const { clipValueMin, clipValueMax } = attrs as { clipValueMin: number; clipValueMax: number };
  return [clipValueMin, clipValueMax];
});

export const relu6 = clip(() => [0, 6]);

/** Slopes that are as many as the values, or repeated along first axes; other ones are left to tfjs' cpu kernel. */
export const prelu: KernelImplementation = ({ inputs, runtime, stock }) => {
  const { x, alpha } = required(inputs, 'x', 'alpha');
  const count = repeats(x.shape, alpha.shape);
  if (!isFloat(x, alpha) || count === undefined) return stock();
  const y = runtime.output(x.shape);
  const [from, slopes, to] = [floatsOf(runtime, x), floatsOf(runtime, alpha), floatsOf(runtime, y)];
  for (let i = 0, at = 0; i < count; i++)
    for (let j = 0; j < slopes.length; j++, at++) {
      const v = from[at] as number;
      to[at] = v < 0 ? v * (slopes[j] as number) : v;
    }
  return y;
};
