import type { Tensor } from '@tensorflow/tfjs-core';
import { blur } from '../ops/blur.ts';
import { averagePool, maxPool } from '../ops/pool.ts';
import { square } from '../ops/window.ts';

export interface PoolOptions {
  /** Height and width of the window. */
  readonly kernel: number;
  /** Pixels from one window to the next; by default the window's own size. */
  readonly stride?: number;
  /** Pixels on every side that never win and are not counted. */
  readonly padding?: number;
}

export interface AveragePoolOptions extends PoolOptions {
  /** Whether a last window that reaches beyond the image is taken too, over the pixels that it has: torch's `ceil_mode`. */
  readonly ceil?: boolean;
}

const attributes = ({ kernel, stride = kernel, padding = 0 }: PoolOptions) => {
  const { strides, pad } = square({ stride, padding });
  return { filterSize: [kernel, kernel], strides, pad } as const;
};

/** The largest value under each square window: `[N,H,W,C]` to `[N,H',W',C]`. Has no parameters, so it is a function. */
export const maxPool2d = (options: PoolOptions) => (x: Tensor) => maxPool([x], attributes(options));

/** The mean under each square window, padding not counted: `[N,H,W,C]` to `[N,H',W',C]`. */
export const averagePool2d = ({ ceil = false, ...options }: AveragePoolOptions) => {
  const window = { ...attributes(options), ceil };
  return (x: Tensor) => averagePool([x], window);
};

/**
 * A 3x3 binomial blur and every `stride`-th pixel: `[N,H,W,C]` to `[N,ceil(H/stride),ceil(W/stride),C]`.
 *
 * @see Zhang 2019, https://arxiv.org/abs/1904.11486
 */
export const blurPool2d =
  ({ stride = 2 }: { stride?: number } = {}) =>
  (x: Tensor) =>
    blur([x], { stride });
