import { ConfigError } from '@resnetjs/core';
import type { Backbone } from './backbone.ts';

/**
 * Factors of the learning rate that fall from the head to the input: 1 for the head, `decay` for the last stage, its square
 * for the one before, and so on to the stem. For `parameterGroups(model, { rates })`.
 *
 * @param decay above 0, at most 1; 0.65 to 0.9 is usual in fine-tuning.
 * @throws ConfigError for another decay.
 * @see Howard & Ruder 2018, section 3.2, https://arxiv.org/abs/1801.06146
 */
export function layerwiseRates(model: Backbone, decay: number): Record<string, number> {
  if (!(decay > 0 && decay <= 1)) throw new ConfigError(`layerwiseRates: the decay must be above 0 and at most 1 but is ${decay}.`);
  const { stageNames } = model;
  const stages = stageNames.map((name, i): [string, number] => [name, decay ** (stageNames.length - i)]);
  return { '*': decay ** (stageNames.length + 1), ...Object.fromEntries(stages), [model.headName]: 1 };
}
