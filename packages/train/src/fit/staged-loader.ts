import type { BatchRun, EpochBatch, Loader, LoaderState } from './loader.ts';
import { TrainingError } from './training-error.ts';

/** Epochs that see the images in one way: at one size, in batches of one size. */
export interface LoaderStage {
  readonly epochs: number;
  readonly loader: Loader;
}

/**
 * The same images in another way from epoch to epoch: progressive resizing is small images in large batches first, and the full size at the
 * end. After the last stage's epochs its loader goes on.
 *
 * @throws TrainingError if the stages are not of the same images, or last no whole number of epochs.
 * @see Howard 2018, https://www.fast.ai/posts/2018-04-30-dawnbench-fastai.html
 */
export function stagedLoader(stages: readonly LoaderStage[]): Loader {
  const [first] = stages;
  if (!first) throw new TrainingError('stagedLoader: there is no stage.');
  const described = stages.map(({ loader }) => loader.describe());
  const faults = stages.flatMap(({ epochs }, i) => [
    ...(Number.isInteger(epochs) && epochs >= 1 ? [] : [`stage ${i} lasts ${epochs} epochs: it must be a whole number from 1`]),
    ...(described[i]?.contents === described[0]?.contents ? [] : [`stage ${i} is of other images than stage 0`]),
  ]);
  if (faults.length) throw new TrainingError(`stagedLoader: ${faults.join('; ')}.`);
  const begins = stages.map((_, i) => stages.slice(0, i).reduce((sum, { epochs }) => sum + epochs, 0));
  const stageOf = (epoch: number) => begins.findLastIndex((begin) => begin <= epoch);
  const loaderIn = (epoch: number) => (stages[stageOf(epoch)] as LoaderStage).loader;

  return {
    images: first.loader.images,
    batchesPerEpoch: first.loader.batchesPerEpoch,
    batchesIn: (epoch) => loaderIn(epoch).batchesPerEpoch,
    ...(first.loader.classes && { classes: first.loader.classes }),
    ...(first.loader.labels && { labels: () => first.loader.labels?.() ?? [] }),
    describe: () => ({
      ...(described[0] as (typeof described)[number]),
      options: {
        seed: described[0]?.options.seed ?? 0,
        stages: described.map(({ options }, i) => ({ epochs: stages[i]?.epochs, ...options })),
      },
    }),
    start({ epochs, resume = { seed: Number(described[0]?.options.seed ?? 0), epoch: 0, position: 0 } }): BatchRun {
      let at: LoaderState = resume;
      const run = (async function* (): AsyncGenerator<EpochBatch, void, void> {
        while (at.epoch < epochs) {
          const stage = stageOf(at.epoch);
          const end = Math.min(epochs, begins[stage + 1] ?? epochs);
          const batches = (stages[stage] as LoaderStage).loader.start({ epochs: end, resume: at });
          try {
            for await (const batch of batches) {
              at = batches.state();
              yield batch;
            }
          } finally {
            await batches.return?.();
          }
          if (at.epoch < end) at = { ...at, epoch: end, position: 0 }; // its last images could not be read
        }
      })();
      return Object.assign(run, { state: () => at }) as BatchRun;
    },
  };
}
