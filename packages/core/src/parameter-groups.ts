import { ConfigError } from './errors.ts';
import type { Module } from './module.ts';
import { checkPatterns, matches, type NamePattern } from './name-pattern.ts';
import { parameters } from './named-modules.ts';

/** Parameters that are trained alike; an optimizer of `@resnetjs/train` takes a list of these as its `groups`. */
export interface GroupedParameters {
  /** Dotted names. */
  readonly names: readonly string[];
  readonly weightDecay: number;
  /** The learning rate is multiplied by this. */
  readonly rateScale: number;
}

export interface ParameterGroupOptions {
  /** Of weights; norms and biases have none. */
  readonly weightDecay?: number;
  /**
   * Factors of the learning rate by names of parameters or parts, with `*` for any characters; where several mean a
   * parameter, the last of them. 1 for the rest.
   */
  readonly rates?: Readonly<Record<NamePattern, number>>;
}

/**
 * Every parameter of a model but its buffers, in groups of one weight decay and one factor of the learning rate: no decay
 * on norms and biases, as recipes since Goyal et al. 2017 have it, and rates by layer.
 *
 * @throws ConfigError for names that mean nothing in the model, and numbers below 0.
 */
export function parameterGroups(model: Module, { weightDecay = 0, rates = {} }: ParameterGroupOptions = {}): GroupedParameters[] {
  checkPatterns('parameterGroups', model, Object.keys(rates));
  const low = Object.entries({ weightDecay, ...rates }).filter(([, value]) => !(value >= 0 && value < Number.POSITIVE_INFINITY));
  if (low.length)
    throw new ConfigError(`parameterGroups: ${low.map(([name, v]) => `'${name}' is ${v}`).join(', ')}; numbers from 0 are expected.`);
  const groups = new Map<string, { names: string[]; weightDecay: number; rateScale: number }>();
  for (const [name, { role }] of parameters(model)) {
    if (role === 'buffer') continue;
    const decay = role === 'weight' ? weightDecay : 0;
    const rateScale = Object.entries(rates).findLast(([pattern]) => matches(name, pattern))?.[1] ?? 1;
    const key = `${decay} ${rateScale}`;
    const group = groups.get(key) ?? { names: [], weightDecay: decay, rateScale };
    group.names.push(name);
    groups.set(key, group);
  }
  return [...groups.values()];
}
