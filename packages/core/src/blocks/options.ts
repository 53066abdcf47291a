import type { DepthUnit } from '../layers/dropout.ts';
import type { NormLayer } from '../layers/norm-layer.ts';
import type { Activation } from '../ops/activations.ts';
import type { ShortcutOption } from './shortcut.ts';

/** A gate on every channel of a residual: squeeze and excitation, or efficient channel attention. */
export type ChannelAttention = 'se' | 'eca';

/** Replaces a strided convolution by one of stride 1 followed by a filter that subsamples: a binomial blur, or 2x2 means. */
export type AntiAlias = 'blur' | 'average';

/** What residual blocks have in common. */
export interface BlockOptions {
  /** Stride of the convolution that subsamples, and of the shortcut; 1 by default. */
  readonly stride?: number;
  readonly shortcut?: ShortcutOption;
  /** Pixels between the taps of the 3x3 convolutions, in place of strides in networks of a finer output. */
  readonly dilation?: number;
  /** Dilation of the block's first 3x3 convolution. In the first block of a dilated stage it is still the previous stage's. By default `dilation`. */
  readonly firstDilation?: number;
  /** The norm after each convolution; batch norm by default. */
  readonly normalize?: NormLayer;
  /** `'relu'` by default. */
  readonly activation?: Activation;
  readonly attention?: ChannelAttention | undefined;
  /** Hidden channels of squeeze and excitation divided by its channels; 1/16 by default. */
  readonly attentionRatio?: number;
  readonly antiAlias?: AntiAlias | undefined;
  /** Kernel size of a projection that changes the size of the image; 1 by default. */
  readonly projectionKernel?: 1 | 3;
  /** How many times narrower the first convolution's output is than the second's; 1 by default. */
  readonly reduceFirst?: number;
  /** Starts the last norm's scale at 0, so that the block starts as its shortcut. Goyal et al. 2017, section 5.1. */
  readonly zeroInitResidual?: boolean;
  /** Probability of dropping the residual branch in training. */
  readonly stochasticDepth?: number;
  /** What is dropped together: a sample's residual (the default), or that of the whole batch, which then costs no time. */
  readonly stochasticDepthUnit?: DepthUnit;
}
