import { type LayerGroup, layerGroups, type Module } from '@resnetjs/core';
import type { EndEvent, FitEvent } from '../fit/events.ts';
import { fit } from '../fit/fit.ts';
import type { FitOptions } from '../fit/fit-options.ts';
import { TrainingError } from '../fit/training-error.ts';
import { adamw } from '../optimizers/adamw.ts';
import { oneCycle } from '../schedules/one-cycle.ts';
import { type Schedule, sequenced } from '../schedules/schedule.ts';
import { type UnfreezingStage, unfreezing } from './unfreezing.ts';

export interface FineTuneOptions extends Omit<FitOptions, 'epochs' | 'optimizer' | 'schedule'> {
  /** Epochs in which the whole network learns. */
  readonly epochs?: number;
  /** Epochs before that, in which the head alone learns. */
  readonly frozenEpochs?: number;
  /** The head's peak rate in the frozen epochs; half of it in the others. */
  readonly learningRate?: number;
  /** The first layers learn this many times slower than the head; those between lie between, geometrically. */
  readonly rateSpread?: number;
  /** Unfreezes one more group each frozen epoch rather than the head alone (ULMFiT's way); needs as many epochs as you can spare. */
  readonly gradual?: boolean;
  readonly weightDecay?: number;
  /** First layers first; by the network's own parts by default. */
  readonly groups?: readonly LayerGroup[];
}

/**
 * Trains a network that has learned something else: first its new head, then all of it, the first layers slowest, by AdamW
 * and one cycle each. The defaults are fastai's `fine_tune`.
 *
 * Give the model a head with as many outputs as the data has classes before.
 *
 * @throws as {@link fit} does.
 */
export async function* fineTune(model: Module, options: FineTuneOptions): AsyncGenerator<FitEvent, EndEvent, void> {
  const { epochs = 5, frozenEpochs = 1, learningRate = 2e-3, rateSpread = 100, gradual = false, weightDecay = 0.01, ...rest } = options;
  const groups = options.groups ?? layerGroups(model);
  const faults = Object.entries({ epochs, frozenEpochs }).filter(([, n]) => !Number.isInteger(n) || n < 0);
  if (faults.length || epochs + frozenEpochs === 0)
    throw new TrainingError(
      `fineTune: 'epochs' and 'frozenEpochs' must be whole numbers from 0, not both 0, but are ${epochs} and ${frozenEpochs}.`,
    );
  const optimizer = adamw(model, {
    weightDecay,
    groups: groups.map(({ names }, i) => ({ names, rateScale: scaleOf(i, groups.length, rateSpread) })),
  });
  const stages = stagesOf({ frozenEpochs, groups: groups.length, gradual });
  const { apply, callback, undo } = unfreezing(model, groups, stages);
  apply(options.resume?.state.epoch ?? 0);
  try {
    return yield* fit(model, {
      ...rest,
      epochs: frozenEpochs + epochs,
      optimizer,
      schedule: twoCycles({ ...options, epochs, frozenEpochs, learningRate }),
      callbacks: [callback, ...(rest.callbacks ?? [])],
    });
  } finally {
    undo();
    optimizer.dispose();
  }
}

/** 1 for the head, 1 over `spread` for the first layers. */
const scaleOf = (index: number, count: number, spread: number): number => (count < 2 ? 1 : spread ** (index / (count - 1) - 1));

function stagesOf({ frozenEpochs, groups, gradual }: { frozenEpochs: number; groups: number; gradual: boolean }): UnfreezingStage[] {
  const frozen = Array.from({ length: frozenEpochs }, (_, epoch) => ({ epoch, groups: gradual ? Math.min(groups, epoch + 1) : 1 }));
  return [...frozen, { epoch: frozenEpochs, groups }];
}

/** A cycle for the frozen epochs, nearly all of it rising, and one of half the height for the rest. */
function twoCycles({
  train,
  accumulate = 1,
  epochs,
  frozenEpochs,
  learningRate,
}: FineTuneOptions & { epochs: number; frozenEpochs: number; learningRate: number }): Schedule {
  const stepsPerEpoch = Math.ceil(train.batchesPerEpoch / accumulate);
  const cycle = (peak: number, steps: number, shape: { peakAt: number; div: number }): Schedule =>
    steps < 2 ? () => peak : oneCycle(peak, { steps, ...shape });
  const first = cycle(learningRate, frozenEpochs * stepsPerEpoch, { peakAt: 0.99, div: 25 });
  const second = cycle(learningRate / 2, epochs * stepsPerEpoch, { peakAt: 0.3, div: 5 });
  return sequenced([first, frozenEpochs * stepsPerEpoch], [second, epochs * stepsPerEpoch]);
}
