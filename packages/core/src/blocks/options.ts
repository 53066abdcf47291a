import type { NormLayer } from '../layers/norm-layer.ts';
import type { Activation } from '../ops/activations.ts';
import type { ShortcutOption } from './shortcut.ts';

/** A gate on every channel of a residual: squeeze and excitation, or efficient channel attention. */
export type ChannelAttention = 'se' | 'eca';

/** How a strided convolution is kept from aliasing: it runs at stride 1, and what follows it is subsampled. */
export type AntiAlias = 'blur' | 'average';

/** What residual blocks have in common. */
export interface BlockOptions {
  /** Of the convolution that subsamples, and of the shortcut. */
  readonly stride?: number;
  readonly shortcut?: ShortcutOption;
  /** Pixels between the taps of the 3x3 convolutions, in place of strides in networks of a finer output. */
  readonly dilation?: number;
  /** That of the block before, which the first 3x3 convolution of a stage keeps; by default `dilation`. */
  readonly firstDilation?: number;
  /** The norm after each convolution; batch norm by default. */
  readonly normalize?: NormLayer;
  /** `'relu'` by default. */
  readonly activation?: Activation;
  readonly attention?: ChannelAttention | undefined;
  /** Hidden channels of squeeze and excitation by channels, 1/16 by default. */
  readonly attentionRatio?: number;
  readonly antiAlias?: AntiAlias | undefined;
  /** Window of a projection that changes the size of the image: 1 by default. */
  readonly projectionKernel?: 1 | 3;
  /** How many times narrower the first convolution's output is than the second's; 1 by default. */
  readonly reduceFirst?: number;
  /** Starts the last norm's scale at 0, so that the block starts as its shortcut. Goyal et al. 2017, section 5.1. */
  readonly zeroInitResidual?: boolean;
  /** The probability with which training drops the residual of a sample. */
  readonly stochasticDepth?: number;
}
