import { ConfigError, loadStateDict, type Module, seedFor, stateDict } from '@resnetjs/core';
import type { Batch } from '../batch.ts';
import type { Loader } from '../fit/loader.ts';
import { TrainingError } from '../fit/training-error.ts';
import type { Loss } from '../losses/loss.ts';
import { NonFiniteLossError } from '../non-finite-loss-error.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { trainStep } from '../train-step.ts';

export interface LrFindOptions {
  readonly train: Loader;
  readonly optimizer: Optimizer;
  readonly loss?: Loss;
  /** The first and the last rate; in between they grow by the same factor from step to step. */
  readonly from?: number;
  readonly to?: number;
  readonly steps?: number;
  /** Ends where the smoothed loss is this many times the best one. */
  readonly divergence?: number;
  readonly seed?: number;
  /** Told of each step, for a progress bar. */
  readonly onStep?: (step: number, steps: number) => void;
}

/** A loss curve over learning rates, and which of them look good. */
export interface LrCurve {
  readonly points: readonly { readonly learningRate: number; readonly loss: number }[];
  /** In the middle of the longest fall, fastai's `valley`: the one to begin with. */
  readonly valley: number;
  /** Where the loss falls fastest. */
  readonly steepest: number;
  /** A tenth of where it is lowest. */
  readonly minimum: number;
}

/** How much of the smoothed loss stays at each step: fastai's. */
const KEEP = 0.98;

/**
 * Trains for some steps at learning rates from tiny to far too large, and puts the model and the optimizer back.
 *
 * @throws TrainingError if the loss became NaN or infinite before there was a curve to read.
 * @see Smith 2015, https://arxiv.org/abs/1506.01186
 */
export async function lrFind(model: Module, options: LrFindOptions): Promise<LrCurve> {
  const { optimizer, from = 1e-7, to = 10, steps = 100 } = options;
  if (!(from > 0 && to > from && Number.isInteger(steps) && steps >= 20))
    throw new ConfigError(`lrFind: expected 0 < from < to and at least 20 steps, but received ${from}, ${to} and ${steps}.`);
  const [weights, state] = [await stateDict(model), await optimizer.stateDict()];
  try {
    const points = await sweep(model, { ...options, from, to, steps });
    return { points, ...suggest(points) };
  } finally {
    loadStateDict(model, weights);
    optimizer.loadStateDict(state);
  }
}

async function sweep(
  model: Module,
  {
    train,
    optimizer,
    loss,
    from,
    to,
    steps,
    divergence = 4,
    seed = 0,
    onStep,
  }: LrFindOptions & { from: number; to: number; steps: number },
) {
  const points: { learningRate: number; loss: number }[] = [];
  let smooth = 0;
  let best = Number.POSITIVE_INFINITY;
  for await (const batch of endless(train)) {
    const step = points.length;
    const learningRate = from * (to / from) ** (step / (steps - 1));
    try {
      const result = await trainStep(model, batch, { optimizer, learningRate, ...(loss && { loss }), seed: seedFor(seed, `step ${step}`) });
      smooth = KEEP * smooth + (1 - KEEP) * result.loss;
    } catch (error) {
      if (error instanceof NonFiniteLossError) break;
      throw error;
    }
    const unbiased = smooth / (1 - KEEP ** (step + 1));
    points.push({ learningRate, loss: unbiased });
    onStep?.(points.length, steps);
    best = Math.min(best, unbiased);
    if (points.length === steps || unbiased > divergence * best) break;
  }
  return points;
}

/** Batches without end, epoch after epoch; the workers end with the loop. */
async function* endless(train: Loader): AsyncGenerator<Batch> {
  if (train.batchesPerEpoch === 0) throw new TrainingError(`lrFind: 'train' has no batches: it has ${train.images} images.`);
  yield* train.start({ epochs: Number.MAX_SAFE_INTEGER });
}

/** @throws TrainingError if there are too few points. */
export function suggest(points: LrCurve['points']): Omit<LrCurve, 'points'> {
  // The first tenth has not settled, and the last steps are where it blows up.
  const cut = points.slice(Math.floor(points.length / 10), -5);
  if (cut.length < 5)
    throw new TrainingError(
      `lrFind: the loss became NaN or infinite after ${points.length} steps. Begin lower, with { from: 1e-9 }, and look at the images' normalization.`,
    );
  const losses = cut.map(({ loss }) => loss);
  const rate = (index: number) => (cut[index] as (typeof cut)[number]).learningRate;
  const slopes = losses.map((loss, i) => (i === 0 ? 0 : loss - (losses[i - 1] as number)));
  return {
    valley: rate(valleyOf(losses)),
    steepest: rate(slopes.indexOf(Math.min(...slopes))),
    minimum: rate(losses.indexOf(Math.min(...losses))) / 10,
  };
}

/** Where the longest subsequence of falling losses is at its middle. @see fastai.callback.schedule.valley */
function valleyOf(losses: readonly number[]): number {
  const lengths = losses.map(() => 1);
  let [start, end] = [0, 0];
  for (let i = 1; i < losses.length; i++) {
    for (let j = 0; j < i; j++)
      if ((losses[i] as number) < (losses[j] as number)) lengths[i] = Math.max(lengths[i] as number, (lengths[j] as number) + 1);
    if ((lengths[end] as number) < (lengths[i] as number)) {
      end = i;
      start = Math.max(0, end - (lengths[end] as number));
    }
  }
  const third = Math.floor((end - start) / 3);
  return start + third + Math.floor((end - start) / 6);
}
