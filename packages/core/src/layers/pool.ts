import type { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError } from '../errors.ts';
import { blur } from '../ops/blur.ts';
import { averagePool, maxPool } from '../ops/pool.ts';
import { checkWhole, square } from '../ops/window.ts';

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

function attributes(what: string, { kernel, stride = kernel, padding = 0 }: PoolOptions) {
  checkWhole(what, { kernel }, 1);
  const { strides, pad } = square({ stride, padding }, what);
  if (padding > kernel / 2)
    throw new ConfigError(`${what}: a padding of ${padding} is more than half of the kernel, ${kernel}: some windows would see no pixel.`);
  return { filterSize: [kernel, kernel], strides, pad } as const;
}

/**
 * The largest value under each square window: `[N,H,W,C]` to `[N,H',W',C]`. Has no parameters, so it is a function.
 *
 * @throws ConfigError if a size is not a whole number that a window can have.
 */
export function maxPool2d(options: PoolOptions): (x: Tensor) => Tensor {
  const window = attributes('maxPool2d', options);
  return (x) => maxPool([x], window);
}

/**
 * The mean under each square window, padding not counted: `[N,H,W,C]` to `[N,H',W',C]`.
 *
 * @throws ConfigError if a size is not a whole number that a window can have.
 */
export function averagePool2d({ ceil = false, ...options }: AveragePoolOptions): (x: Tensor) => Tensor {
  const window = { ...attributes('averagePool2d', options), ceil };
  return (x) => averagePool([x], window);
}

/**
 * A 3x3 binomial blur and every `stride`-th pixel: `[N,H,W,C]` to `[N,ceil(H/stride),ceil(W/stride),C]`.
 *
 * @throws ConfigError if `stride` is not a whole number from 1.
 * @see Zhang 2019, https://arxiv.org/abs/1904.11486
 */
export function blurPool2d({ stride = 2 }: { stride?: number } = {}): (x: Tensor) => Tensor {
  checkWhole('blurPool2d', { stride }, 1);
  return (x) => blur([x], { stride });
}
