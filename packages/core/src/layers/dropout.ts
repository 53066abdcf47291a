import * as tf from '@tensorflow/tfjs-core';
import { drawSeed } from '../draw.ts';
import { asFloats } from '../dtype.ts';
import { ConfigError } from '../errors.ts';
import type { Mode } from '../mode.ts';
import { type Module, module } from '../module.ts';
import { dropout as drop } from '../ops/dropout.ts';
import { uniform } from '../random.ts';
import { tracerOf } from '../trace.ts';

/** A part that drops while training. */
export interface Dropout extends Module {
  /** The probability of dropping, 0 to 1. May be changed between steps. */
  rate: number;
}

/** What is kept or dropped together: each sample's residual, or that of the whole batch, which is then not computed. */
export type DepthUnit = 'sample' | 'batch';

export interface StochasticDepth extends Dropout {
  readonly wholeBatch: boolean;
}

/**
 * Zeroes values of `x` (any shape) with probability `rate` while training and scales the rest by 1/(1 - rate);
 * `'eval'` returns what came. A rate of 0 needs no seed.
 *
 * @throws ConfigError if the rate is not from 0 to 1.
 * @throws SeedError if it trains in the mode `'train'`: pass `{ seed }` instead.
 * @see Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 */
export function dropout(rate: number): Dropout {
  checkRate('dropout', rate);
  return module(`dropout ${rate}`, { rate }, (self, x, mode) =>
    passes(self, x, mode) ? passOn('dropout', x) : drop([x], { rate: self.rate, seed: drawSeed(self, mode), unit: 'value' }),
  );
}

/**
 * Zeroes a residual branch `[N,…]` with probability `rate` while training and scales what stays by 1/(1 - rate), as torchvision does;
 * `'eval'` returns what came. By default each sample of a batch is dropped or kept by itself, so that a batch trains networks
 * of many depths. With the unit `'batch'` all are dropped together, and the blocks of this package then neither compute the
 * branch nor train it: see {@link dropsBranch}. Throws as {@link dropout}.
 *
 * @see Huang et al. 2016, https://arxiv.org/abs/1603.09382
 */
export function stochasticDepth(rate: number, { unit = 'sample' }: { readonly unit?: DepthUnit } = {}): StochasticDepth {
  checkRate('stochastic depth', rate);
  return module(`stochastic depth ${rate}`, { rate, wholeBatch: unit === 'batch' }, (self, x, mode) =>
    passes(self, x, mode)
      ? passOn('stochastic depth', x)
      : drop([x], { rate: self.rate, seed: drawSeed(self, mode), unit: self.wholeBatch ? 'batch' : 'sample' }),
  );
}

/**
 * Whether a block need not compute the branch before `part` in this step, because all of it would be zeroed.
 *
 * @throws SeedError as `part` would.
 */
export const dropsBranch = (part: StochasticDepth, mode: Mode): boolean =>
  part.wholeBatch && mode !== 'eval' && part.rate > 0 && uniform(drawSeed(part, mode))() < part.rate;

/**
 * What a whole batch's residual that {@link dropsBranch} leaves is to be multiplied by, for who can do so on the way; undefined where
 * `part` has to be run, or passes on what comes.
 */
export const keptFactor = (part: StochasticDepth, x: tf.Tensor, mode: Mode): number | undefined =>
  part.wholeBatch && !passes(part, x, mode) ? 1 / (1 - part.rate) : undefined;

function checkRate(kind: string, rate: number): void {
  if (!(rate >= 0 && rate <= 1)) throw new ConfigError(`${kind}: the rate must be a number from 0 to 1 but is ${rate}.`);
}

const passes = ({ rate }: Dropout, x: tf.Tensor, mode: Mode): mode is 'eval' => tracerOf(x) !== undefined || mode === 'eval' || rate === 0;

/** `x` as a tensor of its own. @param what the part that passes it on, for messages */
export const passOn = (what: string, x: tf.Tensor): tf.Tensor => (tracerOf(x) ? x : tf.clone(asFloats(what, x)));
