import type { Tensor } from '@tensorflow/tfjs-core';

// A network in 8 bits, as data. A number q stands for q * scale; there are no zero points, so that padding is 0 and sums need no
// correction. README.md says what each step computes, to the bit.

/** One intermediate result. */
export interface Value {
  /** Without the batch: `[H,W,C]`, or `[C]`. */
  readonly shape: readonly number[];
  /** `u8` (0 to 255) for what is never negative, `i8` (-128 to 127) for the rest. */
  readonly type: 'u8' | 'i8' | 'f32';
  /** What 1 stands for, a float32; 1 for `f32`. */
  readonly scale: number;
}

/** The number of a value in the plan. */
export type ValueId = number;

type Pair = readonly [number, number];
/** Rows and columns: top, bottom, left, right. */
type Padding = readonly [number, number, number, number];

/** clamp(nearestEven(x / scale)), from `f32`. NaN becomes 0. */
export interface Quantize {
  readonly kind: 'quantize';
  readonly input: ValueId;
  readonly output: ValueId;
}

/** q * scale, to `f32`. */
export interface Dequantize {
  readonly kind: 'dequantize';
  readonly input: ValueId;
  readonly output: ValueId;
}

/** What is added to a convolution's result, once that is 8 bits of its own scale. */
export interface Residual {
  readonly value: ValueId;
  readonly branchType: 'u8' | 'i8';
  readonly branchScale: number;
}

/**
 * A convolution: clamp(nearestEven(f32(sum of a*w + bias) * multiplier)), the sum in int32; of an `f32` output the product itself.
 * A linear layer is one of an image of one pixel, `[C]` to `[O]`.
 */
export interface Conv {
  readonly kind: 'conv';
  /** The layer's name in the model: `layer1.0.conv1`. */
  readonly name: string;
  readonly input: ValueId;
  readonly output: ValueId;
  /** `[kh,kw,C/groups,O]`, -127 to 127. */
  readonly weights: Int8Array;
  readonly filterShape: readonly [number, number, number, number];
  /** What 1 of each output channel's weights stands for. */
  readonly weightScales: Float32Array;
  /** In units of the input's scale times the channel's; so bounded that no sum leaves int32. */
  readonly bias: Int32Array;
  /** fround(input's scale * channel's / scale of what is made: the branch with a residual, else the output). */
  readonly multipliers: Float32Array;
  readonly strides: Pair;
  readonly pad: Padding;
  readonly dilations: Pair;
  readonly groups: number;
  /** y = clamp(nearestEven(f32(q1) * fround(branchScale/so) + f32(r) * fround(sr/so))), each operation rounded to float32. */
  readonly residual?: Residual;
}

interface Pool {
  readonly input: ValueId;
  readonly output: ValueId;
  readonly window: Pair;
  readonly strides: Pair;
  readonly pad: Padding;
}

/** The largest under each window; padding never wins. Type and scale stay. */
export interface MaxPool extends Pool {
  readonly kind: 'maxPool';
}

/**
 * clamp(nearestEven(f32(sum) * (ratio / f32(count)))), the quotient rounded to float32; of an `f32` output the product itself. From
 * `[H,W,C]` to `[C]` where the window is all of the image and the output has one axis.
 */
export interface AveragePool extends Pool {
  readonly kind: 'averagePool';
  /** Whether the count is of all places under the window, or only of those inside the image. */
  readonly countPadding: boolean;
  /** fround(input's scale / output's) */
  readonly ratio: number;
}

/** y = clamp(nearestEven(f32(a) * fround(sa/so) + f32(b) * fround(sb/so))); rectified where the output is `u8`. */
export interface Add {
  readonly kind: 'add';
  readonly inputs: readonly [ValueId, ValueId];
  readonly output: ValueId;
}

/** Channels side by side: copied where scale and type are the output's, else clamp(nearestEven(f32(x) * fround(si/so))). */
export interface Concat {
  readonly kind: 'concat';
  readonly inputs: readonly ValueId[];
  readonly output: ValueId;
}

/**
 * A norm that no convolution took, with its ReLU where the output is `u8`: clamp(nearestEven(f32(x) * scale[c] + shift[c])), each operation
 * rounded to float32. Of several inputs, it reads their channels side by side: a dense block's. Scales of inputs and output are in `scale` and `shift`.
 */
export interface Affine {
  readonly kind: 'affine';
  /** The norm's name in the model. */
  readonly name: string;
  readonly inputs: readonly ValueId[];
  readonly output: ValueId;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/** Squeeze and excitation: clamp(nearestEven(f32(x) * (gate[c] * fround(sx/so)))), each operation rounded to float32. */
export interface ScaleChannels {
  readonly kind: 'scaleChannels';
  readonly input: ValueId;
  /** `f32`, one number a channel: `[1,1,C]` or `[C]`. */
  readonly gate: ValueId;
  readonly output: ValueId;
}

/** An array that a float step reads, as tfjs computes with it: filters `[kh,kw,C/groups,O]`, a linear layer's `[I,O]`. */
export interface Constant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Any other operation of `@resnetjs/core`, in float32. */
export interface Float {
  readonly kind: 'float';
  /** The operation's name: `sigmoid`. */
  readonly op: string;
  /** Plain JSON. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What it reads, in its order: values and constants. */
  readonly operands: readonly (ValueId | Constant)[];
  /** The values among them. */
  readonly inputs: readonly ValueId[];
  readonly output: ValueId;
  /** Computes the result, which is the caller's, from the tensors of `inputs`, with the batch before their shapes. */
  readonly run: (inputs: readonly Tensor[]) => Tensor;
  /** Frees what `run` keeps between calls. */
  readonly release: () => void;
}

export type Step = Quantize | Dequantize | Conv | MaxPool | AveragePool | Add | Concat | Affine | ScaleChannels | Float;

/** What to compute, in this order: each step reads the input or what steps before it made. */
export interface QuantizedPlan {
  readonly values: readonly Value[];
  readonly steps: readonly Step[];
  /** `f32` */
  readonly input: ValueId;
  /** `f32` */
  readonly output: ValueId;
}
