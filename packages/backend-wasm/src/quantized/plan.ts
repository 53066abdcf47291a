import type { Tensor } from '@tensorflow/tfjs-core';

// The attribute `plan` of ResNetQuantizedPass: a network in 8 bits, as data. A number q stands for q * scale, without zero points. This package
// imports none of ours, so that the types are written down here as well as in `@resnetjs/quantize`, whose README says what each step computes.

/** One intermediate result, without the batch: `[H,W,C]` or `[C]`. */
export interface Value {
  readonly shape: readonly number[];
  readonly type: 'u8' | 'i8' | 'f32';
  readonly scale: number;
}

type Pair = readonly [number, number];
/** Top, bottom, left, right. */
type Padding = readonly [number, number, number, number];
type To = { readonly output: number };
type FromTo = To & { readonly input: number };

export type Conversion = FromTo & { readonly kind: 'quantize' | 'dequantize' };

/** clamp(nearestEven(f32(sum of a*w + bias) * multiplier)); of floats the product itself; with a residual see `kernels/quantized/finish.ts`. */
export type Conv = FromTo & {
  readonly kind: 'conv';
  /** `[kh,kw,C/groups,O]` */
  readonly weights: Int8Array;
  readonly filterShape: readonly [number, number, number, number];
  readonly bias: Int32Array;
  readonly multipliers: Float32Array;
  readonly strides: Pair;
  readonly pad: Padding;
  readonly dilations: Pair;
  readonly groups: number;
  readonly residual?: { readonly value: number; readonly branchType: 'u8' | 'i8'; readonly branchScale: number };
};

type Windows = FromTo & { readonly window: Pair; readonly strides: Pair; readonly pad: Padding };
export type MaxPool = Windows & { readonly kind: 'maxPool' };
/** clamp(nearestEven(f32(sum) * (ratio / f32(count)))); of floats the product itself. */
export type AveragePool = Windows & { readonly kind: 'averagePool'; readonly countPadding: boolean; readonly ratio: number };
export type Pool = MaxPool | AveragePool;

export type Add = To & { readonly kind: 'add'; readonly inputs: readonly [number, number] };
export type Concat = To & { readonly kind: 'concat'; readonly inputs: readonly number[] };
/** clamp(nearestEven(f32(x) * scale[c] + shift[c])) of the inputs' channels side by side. */
export type Affine = To & {
  readonly kind: 'affine';
  readonly inputs: readonly number[];
  readonly scale: Float32Array;
  readonly shift: Float32Array;
};
export type ScaleChannels = FromTo & { readonly kind: 'scaleChannels'; readonly gate: number };
/** Anything else, in float32, by tfjs; `run` gives a tensor that is its caller's. */
export type Float = To & {
  readonly kind: 'float';
  readonly inputs: readonly number[];
  readonly run: (inputs: readonly Tensor[]) => Tensor;
};

/** What kernels of ours compute. */
export type KernelStep = Conversion | Conv | Pool | Add | Concat | Affine | ScaleChannels;
export type Step = KernelStep | Float;

export interface Plan {
  readonly values: readonly Value[];
  readonly steps: readonly Step[];
  readonly input: number;
  readonly output: number;
}

/** The values that a step reads. */
export function reads(step: Step): readonly number[] {
  const inputs = 'inputs' in step ? step.inputs : [step.input];
  if (step.kind === 'conv' && step.residual) return [...inputs, step.residual.value];
  return step.kind === 'scaleChannels' ? [...inputs, step.gate] : inputs;
}

/** `[H,W,C]` of a value: one of `[C]` is an image of one pixel. */
export const imageOf = ({ shape }: Value): readonly [number, number, number] =>
  shape.length === 3 ? (shape as [number, number, number]) : [1, 1, shape[0] as number];

export const isSigned = ({ type }: { readonly type: Value['type'] }): 1 | 0 => (type === 'i8' ? 1 : 0);

/** The least and the largest number of a type. */
export const bounds = (type: 'u8' | 'i8'): readonly [number, number] => (type === 'u8' ? [0, 255] : [-128, 127]);
