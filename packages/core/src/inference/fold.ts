import * as tf from '@tensorflow/tfjs-core';
import { toStored } from '../layout.ts';
import { fastKernel } from '../op.ts';
import type { Parameter } from '../parameter.ts';
import type { FusedConv } from './plan.ts';

// A type, for tfjs' containers of tensors have no place for interfaces.
export type Folded = {
  /** `[kh,kw,C/groups,O]` */
  readonly filter: tf.Tensor4D;
  /** `[O]` */
  readonly bias: tf.Tensor1D;
};

/** A filter and a bias that are there when they are asked for. */
export interface FoldedLater {
  get(): Folded;
  dispose(): void;
}

/** The parameters of a convolution, or of a linear layer, and of the batch norm behind it. */
interface Parts<T> {
  readonly weight: T;
  readonly bias: T | undefined;
  readonly norm: { readonly scale: T; readonly offset: T; readonly mean: T; readonly variance: T; readonly epsilon: number } | undefined;
}

/**
 * y = scale * (conv(x, W) + b − mean) / √(variance + ε) + offset, written as one convolution with a bias.
 *
 * Parameters that are on the backend are folded there, at once: they may change later. Of values that wait, and do not change, the
 * filter is made when it is first computed with, so that a network's are not there beside what a backend makes of each.
 */
export function fold(step: FusedConv): FoldedLater {
  const parts = partsOf(step);
  const waiting = waitingOf(parts);
  let folded = waiting ? undefined : tf.tidy(() => foldOnBackend(mapped(parts, ({ variable }) => variable)));
  return {
    get() {
      if (!folded) {
        folded = tf.tidy(() => foldWaiting(waiting as Parts<Float32Array>, parts.weight));
        for (const tensor of Object.values(folded)) tf.keep(tensor); // the scope around is a pass
      }
      return folded;
    },
    dispose: () => folded && tf.dispose(folded),
  };
}

function partsOf({ conv, norm }: FusedConv): Parts<Parameter> {
  const [, weight, bias] = conv.inputs as [unknown, Parameter, Parameter?];
  if (!norm) return { weight, bias, norm: undefined };
  const [, scale, offset, mean, variance] = norm.inputs as [unknown, Parameter, Parameter, Parameter, Parameter];
  return { weight, bias, norm: { scale, offset, mean, variance, epsilon: norm.attributes.epsilon } };
}

function mapped<T, R>({ weight, bias, norm }: Parts<T>, f: (part: T) => R): Parts<R> {
  if (!norm) return { weight: f(weight), bias: bias && f(bias), norm: undefined };
  const { scale, offset, mean, variance, epsilon } = norm;
  return {
    weight: f(weight),
    bias: bias && f(bias),
    norm: { scale: f(scale), offset: f(offset), mean: f(mean), variance: f(variance), epsilon },
  };
}

/** The values, if all of them wait. */
function waitingOf(parts: Parts<Parameter>): Parts<Float32Array> | undefined {
  let all = true;
  const values = mapped(parts, ({ waiting }) => {
    all &&= waiting !== undefined;
    return waiting as Float32Array;
  });
  return all ? values : undefined;
}

function foldOnBackend({ weight, bias, norm }: Parts<tf.Tensor>): Folded {
  // a linear layer's weight is a filter of one pixel
  const filter = (weight.rank === 4 ? weight : tf.expandDims(tf.expandDims(weight))) as tf.Tensor4D;
  if (!norm) return { filter: tf.clone(filter), bias: (bias ? tf.clone(bias) : tf.zeros([filter.shape[3]])) as tf.Tensor1D };
  const factor = tf.mul(norm.scale, tf.rsqrt(tf.add(norm.variance, norm.epsilon)));
  const shifted = bias ? tf.sub(bias, norm.mean) : tf.neg(norm.mean);
  return { filter: tf.mul(filter, factor), bias: tf.add(norm.offset, tf.mul(shifted, factor)) as tf.Tensor1D };
}

/** The same numbers to the last bit, as a backend that computes in float32 makes them: each operation is rounded. */
function foldWaiting({ weight, bias, norm }: Parts<Float32Array>, { shape: [o = 1, i = 1, kh = 1, kw = 1] }: Parameter): Folded {
  const shape = [o, i, kh, kw];
  if (!norm) return { filter: filterOf(weight, shape), bias: bias ? tf.tensor1d(bias) : tf.zeros([o]) };
  const { fround, sqrt } = Math;
  const { scale, offset, mean, variance } = norm;
  const epsilon = fround(norm.epsilon);
  const factor = scale.map((value, k) => value * fround(1 / fround(sqrt(fround((variance[k] as number) + epsilon)))));
  const shifted = mean.map((value, k) => (bias ? (bias[k] as number) - value : -value));
  const folded = offset.map((value, k) => value + fround((shifted[k] as number) * (factor[k] as number)));
  return { filter: filterOf(weight, shape, factor), bias: tf.tensor1d(folded) };
}

/** The filter of PyTorch's values, `[O,I,kh,kw]`, each output channel times its `scale`. */
function filterOf(values: Float32Array, shape: readonly number[], scale?: Float32Array): tf.Tensor4D {
  const fast = fastKernel('ResNetStoredFilter', {}, { values, shape, ...(scale && { scale }) })?.[0];
  if (fast) return fast as tf.Tensor4D;
  const [o, i, kh, kw] = shape as [number, number, number, number];
  return tf.tensor4d(toStored(values, shape, 'OIHW', scale), [kh, kw, i, o]);
}
