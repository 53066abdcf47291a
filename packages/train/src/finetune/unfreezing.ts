import { type LayerGroup, type Module, parameters } from '@resnetjs/core';
import type { Callback } from '../fit/fit-options.ts';
import { freezeBatchNorms } from './frozen-norms.ts';

/** Which groups learn from which epoch on. */
export interface UnfreezingStage {
  /** From 0. */
  readonly epoch: number;
  /** The last so many groups learn; the rest keeps what it has. */
  readonly groups: number;
}

export interface Unfreezing {
  /** Sets the model to the stage of an epoch. */
  apply(epoch: number): void;
  /** Does so while a training goes on; it looks at nothing but the epoch, so a run that is resumed is frozen alike. */
  readonly callback: Callback;
  /** Lets everything learn again. */
  undo(): void;
}

/**
 * Lets a network learn from its head down. Batch norms of groups that are frozen normalize by their running statistics.
 *
 * @param groups first layers first, as {@link layerGroups} gives them
 * @param stages in the order of their epochs
 */
export function unfreezing(model: Module, groups: readonly LayerGroup[], stages: readonly UnfreezingStage[]): Unfreezing {
  const known = parameters(model);
  let thaw = () => {};
  const learnOnly = (count: number) => {
    thaw();
    const learning = new Set(groups.slice(Math.max(0, groups.length - count)).flatMap(({ names }) => names));
    for (const [name, parameter] of known) if (parameter.role !== 'buffer') parameter.trainable = learning.has(name);
    thaw = freezeBatchNorms(model, (name) => !learning.has(`${name}.weight`));
  };
  const apply = (epoch: number) => learnOnly(stages.findLast((stage) => stage.epoch <= epoch)?.groups ?? groups.length);
  return {
    apply,
    undo: () => learnOnly(groups.length),
    callback: (event) => {
      if (event.type === 'start') apply(event.epoch);
      if (event.type === 'epoch') apply(event.summary.epoch + 1);
      if (event.type === 'end') learnOnly(groups.length);
    },
  };
}
