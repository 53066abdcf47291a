import type { Tensor } from '@tensorflow/tfjs-core';
import { asFloats } from '../dtype.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import type { NormLayer } from '../layers/norm-layer.ts';
import { averagePool2d } from '../layers/pool.ts';
import type { Module } from '../module.ts';
import { averagePool } from '../ops/pool.ts';
import { paddedShortcut } from '../ops/shaping.ts';
import { type Layer, sequential } from '../sequential.ts';

/**
 * What a block adds to its residual, by the paper's letters: `'A'` identity with zeros for new channels, `'B'`
 * a projection only where the size changes, `'C'` a projection everywhere; `'D'` as B, but pixels are averaged, not
 * skipped, before the projection; `'none'` nothing: a plain network.
 *
 * @see He et al. 2015, section 4.1, https://arxiv.org/abs/1512.03385
 * @see He et al. 2018, figure 2c (D), https://arxiv.org/abs/1812.01187
 */
export type ShortcutOption = 'A' | 'B' | 'C' | 'D' | 'none';

/** How big a block's shortcut is. */
export interface ShortcutSize {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: number;
}

/** How a projection is made. */
export interface ProjectionOptions {
  /** Dilation of the block's convolutions, and of those of the block before it. */
  readonly dilation?: number;
  readonly firstDilation?: number;
  /** Window of a projection that changes the size of the image: SENet-154 has 3. */
  readonly projectionKernel?: 1 | 3;
  readonly normalize?: NormLayer;
}

/** The projection Ws of `F(x) + Ws x`, a 1x1 convolution with its norm; undefined where the option has none. */
export function projection(
  option: ShortcutOption,
  { inChannels, outChannels, stride }: ShortcutSize,
  { dilation = 1, firstDilation = dilation, projectionKernel = 1, normalize = batchNorm2d }: ProjectionOptions = {},
): Module | undefined {
  const changes = stride !== 1 || inChannels !== outChannels;
  if (option !== 'C' && !((option === 'B' || option === 'D') && changes)) return undefined;
  const resized = stride !== 1 || dilation !== 1;
  if (option === 'D')
    return sequential(averaging(stride, dilation), conv2d(inChannels, outChannels, { kernel: 1 }), normalize(outChannels));
  const window = projectionKernel === 3 && resized ? { kernel: 3, stride, dilation: firstDilation } : { kernel: 1, stride };
  return sequential(conv2d(inChannels, outChannels, window), normalize(outChannels));
}

/** What stands before the projection of option D, as timm has it: nothing where the image keeps its size. */
function averaging(stride: number, dilation: number): Layer {
  if (dilation > 1) return averageKeepingSize;
  return stride === 1 ? (x) => x : averagePool2d({ kernel: 2, stride, ceil: true });
}

/** Means of 2x2 windows one pixel apart; the zeros beyond the last row and column count. */
const averageKeepingSize = (x: Tensor): Tensor =>
  averagePool([x], { filterSize: [2, 2], strides: [1, 1], pad: [0, 1, 0, 1], countPadding: true });

/** The shortcut that needs no parameters: `x` itself, or subsampled and padded with zero channels. */
export const identity = (x: Tensor, { inChannels, outChannels, stride }: ShortcutSize): Tensor =>
  stride === 1 && inChannels === outChannels ? asFloats('identity', x) : paddedShortcut([x], { stride, outChannels });
