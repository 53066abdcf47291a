import { ConfigError, layerGroups } from '@resnetjs/core';
import type { Backbone } from './backbone.ts';

/**
 * Factors of the learning rate that fall from the head to the input: 1 for the head, `decay` for the last stage and what follows
 * it, its square for the one before, and so on to the stem. For `parameterGroups(model, { rates })`.
 *
 * @param decay above 0, at most 1; 0.65 to 0.9 is usual in fine-tuning.
 * @throws ConfigError for another decay.
 * @see Howard & Ruder 2018, section 3.2, https://arxiv.org/abs/1801.06146
 */
export function layerwiseRates(model: Backbone, decay: number): Record<string, number> {
  if (!(decay > 0 && decay <= 1)) throw new ConfigError(`layerwiseRates: the decay must be above 0 and at most 1 but is ${decay}.`);
  const groups = layerGroups(model).toReversed();
  const rates = groups.map(({ name, names }, depth): [string, number][] => {
    const patterns = new Set(names.map((own) => (own.startsWith(`${name}.`) ? name : own)));
    return [...patterns].map((pattern) => [pattern, decay ** depth]);
  });
  return Object.fromEntries(rates.flat());
}
