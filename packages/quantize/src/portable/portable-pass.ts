import * as tf from '@tensorflow/tfjs-core';
import type { Add, Affine, AveragePool, Concat, Conv, MaxPool, QuantizedPlan, ScaleChannels, Step, Value, ValueId } from '../plan.ts';
import { type Integer, RANGE } from '../rounding.ts';
import { type ExactConvolution, exactConvolution, under } from './convolve.ts';

/** A plan computed by stock tfjs operations, integers held in float32: the same to the bit on every backend that rounds as IEEE 754 says. */
export interface PortablePass {
  /**
   * @param x `[N,...shape of the plan's input]`
   * @param watch sees every value that a step made while it is there.
   * @returns the plan's output; the caller's.
   */
  run(x: tf.Tensor, watch?: (value: ValueId, tensor: tf.Tensor) => void): tf.Tensor;
  /** Frees the filters. */
  dispose(): void;
}

type Run = (read: (id: ValueId) => tf.Tensor) => tf.Tensor;

export function portablePass({ values, steps, input, output }: QuantizedPlan): PortablePass {
  const valueAt = (id: ValueId): Value => values[id] as Value;
  const convolutions: ExactConvolution[] = [];
  const prepare = (step: Step): Run => {
    const to = valueAt(step.output);
    if (step.kind === 'conv') {
      const convolution = exactConvolution(step, valueAt(step.input));
      convolutions.push(convolution);
      return (read) => convolved(step, convolution, { read, valueAt });
    }
    if (step.kind === 'quantize') return (read) => rounded(tf.div(withoutNaN(read(step.input)), to.scale), to);
    if (step.kind === 'dequantize') return (read) => tf.mul(read(step.input), valueAt(step.input).scale);
    if (step.kind === 'maxPool') return (read) => largestUnder(read(step.input) as tf.Tensor4D, step, valueAt(step.input));
    if (step.kind === 'averagePool') return (read) => averaged(read(step.input) as tf.Tensor4D, step, to);
    if (step.kind === 'add') return (read) => added(step, { read, valueAt });
    if (step.kind === 'concat') return (read) => sideBySide(step, { read, valueAt });
    if (step.kind === 'affine') return (read) => scaledAndShifted(step, { read, valueAt });
    if (step.kind === 'scaleChannels') return (read) => gated(step, { read, valueAt });
    return (read) => step.run(step.inputs.map(read));
  };
  const runs = steps.map(prepare);
  const lastReader = new Map<ValueId, number>();
  for (const [i, step] of steps.entries()) for (const id of inputsOfStep(step)) lastReader.set(id, i);

  return {
    run(x, watch) {
      const made = new Map<ValueId, tf.Tensor>([[input, x]]);
      const read = (id: ValueId) => made.get(id) as tf.Tensor;
      for (const [i, step] of steps.entries()) {
        const result = tf.tidy(() => (runs[i] as Run)(read));
        made.set(step.output, result);
        watch?.(step.output, result);
        for (const id of new Set(inputsOfStep(step))) if (id !== input && id !== output && lastReader.get(id) === i) read(id).dispose();
      }
      return read(output);
    },
    dispose() {
      for (const convolution of convolutions) convolution.dispose();
      for (const step of steps) if (step.kind === 'float') step.release();
    },
  };
}

/** The values that a step reads. */
export function inputsOfStep(step: Step): readonly ValueId[] {
  if ('inputs' in step) return step.inputs;
  if (step.kind === 'conv') return [step.input, ...(step.residual ? [step.residual.value] : [])];
  return step.kind === 'scaleChannels' ? [step.input, step.gate] : [step.input];
}

interface Context {
  readonly read: (id: ValueId) => tf.Tensor;
  readonly valueAt: (id: ValueId) => Value;
}

/** To the nearest whole number, of two the even one, and into the type's range; floats as they are. */
function rounded(x: tf.Tensor, { type }: Pick<Value, 'type'>): tf.Tensor {
  if (type === 'f32') return x;
  const [low, high] = RANGE[type];
  return tf.add(tf.clipByValue(tf.round(x), low, high), 0); // -0.3 is rounded to -0, which no integer is
}

const withoutNaN = (x: tf.Tensor): tf.Tensor => tf.where(tf.isNaN(x), tf.zerosLike(x), x);

function convolved({ input, output, multipliers, residual, filterShape }: Conv, convolution: ExactConvolution, { read, valueAt }: Context) {
  const to = valueAt(output);
  const x = read(input);
  const isPixel = x.rank === 2;
  const image = (isPixel ? tf.reshape(x, [x.shape[0] ?? 1, 1, 1, x.shape[1] ?? 1]) : x) as tf.Tensor4D;
  const product = tf.mul(convolution.run(image), tf.tensor1d(multipliers));
  const y = isPixel ? tf.reshape(product, [x.shape[0] ?? 1, filterShape[3]]) : product;
  if (!residual) return rounded(y, to);
  const branch = rounded(y, { type: residual.branchType });
  return sum([branch, residual.branchScale], [read(residual.value), valueAt(residual.value).scale], to);
}

/** The sum of two values of scales of their own. */
function sum(a: readonly [tf.Tensor, number], b: readonly [tf.Tensor, number], to: Value): tf.Tensor {
  const [x, y] = [a, b].map(([tensor, scale]) => tf.mul(tensor, Math.fround(scale / to.scale))) as [tf.Tensor, tf.Tensor];
  return rounded(tf.add(x, y), to);
}

const added = ({ inputs: [a, b], output }: Add, { read, valueAt }: Context): tf.Tensor =>
  sum([read(a), valueAt(a).scale], [read(b), valueAt(b).scale], valueAt(output));

function sideBySide({ inputs, output }: Concat, { read, valueAt }: Context): tf.Tensor {
  const to = valueAt(output);
  const parts = inputs.map((id) => {
    const { scale, type } = valueAt(id);
    return scale === to.scale && type === to.type ? read(id) : rounded(tf.mul(read(id), Math.fround(scale / to.scale)), to);
  });
  return parts.length === 1 ? tf.clone(parts[0] as tf.Tensor) : tf.concat(parts, -1);
}

function scaledAndShifted({ inputs, output, scale, shift }: Affine, { read, valueAt }: Context): tf.Tensor {
  const images = inputs.map(read);
  const x = images.length === 1 ? (images[0] as tf.Tensor) : tf.concat(images, -1);
  return rounded(tf.add(tf.mul(x, tf.tensor1d(scale)), tf.tensor1d(shift)), valueAt(output));
}

function gated({ input, gate, output }: ScaleChannels, { read, valueAt }: Context): tf.Tensor {
  const to = valueAt(output);
  const x = read(input);
  const factors = tf.mul(read(gate), Math.fround(valueAt(input).scale / to.scale));
  return rounded(tf.mul(x, tf.reshape(factors, [x.shape[0] ?? 1, 1, 1, x.shape[3] ?? 1])), to);
}

const bordered = (x: tf.Tensor4D, [t, b, l, r]: MaxPool['pad'], value: number): tf.Tensor4D =>
  t || b || l || r
    ? tf.pad(
        x,
        [
          [0, 0],
          [t, b],
          [l, r],
          [0, 0],
        ],
        value,
      )
    : x;

const largestUnder = (x: tf.Tensor4D, { window, strides, pad }: MaxPool, { type }: Value): tf.Tensor =>
  tf.maxPool(bordered(x, pad, RANGE[type as Integer][0]), [...window], [...strides], 'valid');

function averaged(x: tf.Tensor4D, step: AveragePool, to: Value): tf.Tensor {
  const { window, strides, pad, ratio } = step;
  const image = bordered(x, pad, 0);
  const [, h, w] = image.shape;
  const size = [Math.floor((h - window[0]) / strides[0]) + 1, Math.floor((w - window[1]) / strides[1]) + 1] as const;
  const taps: tf.Tensor[] = [];
  if (window[0] === h && window[1] === w) taps.push(tf.sum(image, [1, 2], true));
  else for (let i = 0; i < window[0]; i++) for (let j = 0; j < window[1]; j++) taps.push(under(image, [i, j], size, strides));
  const sums = taps.reduce((total, tap) => tf.add(total, tap));
  const multipliers = countsUnder(x.shape, size, step).map((count) => Math.fround(ratio / count));
  const y = rounded(tf.mul(sums, tf.tensor4d(multipliers, [1, ...size, 1])), to);
  return to.shape.length === 1 ? tf.reshape(y, [x.shape[0], x.shape[3]]) : y;
}

/** How many places count under each window. */
function countsUnder([, h, w]: readonly number[], [rows, columns]: readonly [number, number], step: AveragePool): number[] {
  const { window, strides, pad, countPadding } = step;
  const along = (size: number, out: number, k: number, stride: number, before: number) =>
    Array.from({ length: out }, (_, i) => (countPadding ? k : Math.min(size, i * stride - before + k) - Math.max(0, i * stride - before)));
  const down = along(h ?? 1, rows, window[0], strides[0], pad[0]);
  const across = along(w ?? 1, columns, window[1], strides[1], pad[2]);
  return down.flatMap((a) => across.map((b) => a * b));
}
