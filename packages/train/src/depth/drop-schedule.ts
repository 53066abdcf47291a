import { ConfigError, type Module, residualBlocks, type StochasticDepth } from '@resnetjs/core';
import type { Callback } from '../fit/fit-options.ts';
import { TrainingError } from '../fit/training-error.ts';

/** Where in a network a block stands. */
export interface BlockPlace {
  /** From 0, first blocks first. */
  readonly block: number;
  readonly blocks: number;
}

/** The probability of dropping a block's residual in an optimizer step, from 0: a pure function, so that a run which is resumed has the same. */
export type DropSchedule = (step: number, place: BlockPlace) => number;

export interface SurvivalOptions {
  /** Probability of keeping the last block's residual in the first step. */
  readonly from: number;
  /** The same after `steps` steps, and from then on. */
  readonly to: number;
  readonly steps: number;
}

/**
 * The survival of the last block goes linearly from `from` to `to`, that of the others lies linearly between 1 and it: few blocks learn
 * first, all at the end. With `from` and `to` alike it is Huang's linear decay, as it stays.
 *
 * @throws ConfigError for probabilities outside of 0 to 1, or no steps.
 * @see Huang et al. 2016, section 3, https://arxiv.org/abs/1603.09382
 */
export function survival({ from, to, steps }: SurvivalOptions): DropSchedule {
  for (const [name, value] of Object.entries({ from, to }))
    if (!(value >= 0 && value <= 1)) throw new ConfigError(`survival: '${name}' must be a probability from 0 to 1 but is ${value}.`);
  if (!(steps >= 1)) throw new ConfigError(`survival: 'steps' must be at least 1 but is ${steps}.`);
  return (step, { block, blocks }) => {
    const last = from + (to - from) * Math.min(1, step / steps);
    return ((block + 1) / blocks) * (1 - last);
  };
}

/**
 * A callback of `fit` that sets the rate of a model's stochastic depth before each step. With the unit `'batch'` what is dropped costs no
 * time: that is how skipping layers makes learning faster.
 *
 * @throws TrainingError if the model has no stochastic depth to set.
 */
export function dropBlocks(model: Module, schedule: DropSchedule): Callback {
  const blocks = [...residualBlocks(model).values()];
  const parts = blocks
    .map(({ drop_path }, block) => ({ drop_path, block }))
    .filter((entry): entry is Dropping => entry.drop_path !== undefined);
  if (parts.length === 0)
    throw new TrainingError(
      "dropBlocks: no block of the model drops its residual. Build it with { stochasticDepth: 0.5, stochasticDepthUnit: 'batch' }; the rate is only the first one.",
    );
  return (event) => {
    if (event.type !== 'start' && event.type !== 'step') return;
    for (const { drop_path, block } of parts) drop_path.rate = schedule(event.step, { block, blocks: blocks.length });
  };
}

interface Dropping {
  readonly drop_path: StochasticDepth;
  readonly block: number;
}
