import * as tf from '@tensorflow/tfjs-core';
import { drawSeed } from '../draw.ts';
import { asFloats } from '../dtype.ts';
import { ConfigError } from '../errors.ts';
import { type Module, module } from '../module.ts';
import { type DropoutAttributes, dropout as drop } from '../ops/dropout.ts';
import { tracerOf } from '../trace.ts';

/**
 * Zeroes values of `x` (any shape) with probability `rate` while training and scales the rest by 1/(1 - rate);
 * `'eval'` returns what came. A rate of 0 needs no seed.
 *
 * @throws ConfigError if the rate is not from 0 to 1.
 * @throws SeedError if it trains in the mode `'train'`: pass `{ seed }` instead.
 * @see Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 */
export const dropout = (rate: number): Module => dropping('dropout', rate, 'value');

/**
 * Zeroes whole samples of a residual branch `[N,…]` with probability `rate` while training and scales the rest by
 * 1/(1 - rate), so that a batch trains networks of many depths; `'eval'` returns what came. Throws as {@link dropout}.
 *
 * @see Huang et al. 2016, https://arxiv.org/abs/1603.09382
 */
export const stochasticDepth = (rate: number): Module => dropping('stochastic depth', rate, 'sample');

function dropping(kind: string, rate: number, unit: DropoutAttributes['unit']): Module {
  if (!(rate >= 0 && rate <= 1)) throw new ConfigError(`${kind}: the rate must be a number from 0 to 1 but is ${rate}.`);
  return module(`${kind} ${rate}`, {}, (self, x, mode) => {
    if (tracerOf(x)) return x;
    return mode === 'eval' || rate === 0 ? tf.clone(asFloats(kind, x)) : drop([x], { rate, seed: drawSeed(self, mode), unit });
  });
}
