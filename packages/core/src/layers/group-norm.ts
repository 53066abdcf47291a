import { ConfigError } from '../errors.ts';
import { constant } from '../initializer.ts';
import { type Module, module } from '../module.ts';
import { groupNorm as normalize } from '../ops/norm.ts';
import { Parameter } from '../parameter.ts';

export interface GroupNormOptions {
  /** Groups of channels that share mean and variance. */
  readonly groups?: number;
  /** Added to the variance. */
  readonly epsilon?: number;
}

/**
 * Normalizes each sample of `x`, `[N,H,W,C]`, by itself, in groups of channels, then scales and shifts each channel.
 * The same in training and `'eval'`, so it does not mind small batches.
 *
 * @throws ConfigError if `groups` does not divide the channels.
 * @see Wu & He 2018, https://arxiv.org/abs/1803.08494
 */
export function groupNorm(channels: number, { groups = 32, epsilon = 1e-5 }: GroupNormOptions = {}): Module {
  if (channels % groups) throw new ConfigError(`groupNorm: ${groups} groups do not divide ${channels} channels.`);
  return module(
    'group norm',
    {
      weight: new Parameter([channels], { role: 'norm', initializer: constant(1) }),
      bias: new Parameter([channels], { role: 'norm', initializer: constant(0) }),
    },
    (m, x) => normalize([x, m.weight, m.bias], { groups, epsilon }),
  );
}
