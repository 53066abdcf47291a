import type { Batch } from '../batch.ts';
import type { EvaluateOptions } from '../evaluate/evaluate.ts';
import type { Loss } from '../losses/loss.ts';
import type { Ema } from '../optimizers/ema.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { Schedule } from '../schedules/schedule.ts';
import type { FitEvent } from './events.ts';
import type { Metric } from './history.ts';
import type { EpochBatch, Loader } from './loader.ts';
import type { Snapshot } from './snapshot.ts';
import type { TrainingRun } from './training-run.ts';

/** Is told of every event before the caller of `fit` is; training waits for it. */
export type Callback = (event: FitEvent, run: TrainingRun) => unknown;

export interface FitOptions {
  readonly train: Loader;
  /** Measured after each epoch. */
  readonly validation?: Loader;
  readonly epochs: number;
  readonly optimizer: Optimizer;
  /** The learning rate of each step, or one for all. */
  readonly schedule: Schedule | number;
  /** The momentum of each step, instead of the optimizer's own. */
  readonly momentum?: Schedule;
  /** Cross-entropy by default. */
  readonly loss?: Loss;
  /**
   * Changes each batch before its step: mixup, cutmix. What is random in it must be drawn from the seed:
   * `(batch, seed) => mixup(batch, { classes, random: createRandom(seed) })`.
   */
  readonly mix?: (batch: EpochBatch, seed: number) => Batch;
  /** Batches whose gradients make one step. */
  readonly accumulate?: number;
  /** Gradients are scaled to be no longer than this, all together. */
  readonly clipNorm?: number;
  /** Follows the weights, and is what gets validated. */
  readonly ema?: Ema;
  /** What is random in the network is drawn from this; order and augmentation have the loader's. */
  readonly seed?: number;
  /** At the end the model has the weights of the epoch that was best by this. */
  readonly best?: Metric;
  /** Ends after this many steps in all, in mid-epoch if need be. */
  readonly maxSteps?: number;
  readonly callbacks?: readonly Callback[];
  /** Goes on from here, bit for bit. */
  readonly resume?: Snapshot;
  /** Goes on although data, optimizer or schedule differ from the snapshot's; not bit for bit then. */
  readonly allowChanges?: boolean;
  /** Plain JSON that travels in snapshots: the model's name, the recipe. */
  readonly config?: unknown;
  readonly evaluation?: Omit<EvaluateOptions, 'signal' | 'classes'>;
  /** Ends after the step that is going on. */
  readonly signal?: AbortSignal;
  /** Milliseconds, for the events' durations. */
  readonly now?: () => number;
}
