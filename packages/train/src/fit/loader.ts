import type { Batch } from '../batch.ts';

/** Where a run of batches stands; plain JSON. */
export interface LoaderState {
  readonly seed: number;
  readonly epoch: number;
  /** Samples of the epoch that were handed out. */
  readonly position: number;
}

export interface EpochBatch extends Batch {
  readonly epoch: number;
}

/** Batches one after the other, epoch after epoch. */
export interface BatchRun extends AsyncIterableIterator<EpochBatch> {
  /** Where to resume after the batch that was handed out last. */
  state(): LoaderState;
}

/** What tells one set of samples, gone through in one way, from another. Plain JSON. */
export interface DataDescription {
  readonly images: number;
  readonly classes: readonly string[] | null;
  /** A hash of every sample's label and path. */
  readonly contents: string;
  /** What order and augmentation depend on. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Images and how they are gone through, as often as training needs: `loader` of `@resnetjs/data` makes one of a dataset. */
export interface Loader {
  readonly images: number;
  readonly batchesPerEpoch: number;
  /** Batches of one epoch, from 0, where epochs differ. */
  batchesIn?(epoch: number): number;
  readonly classes?: readonly string[];
  /** The labels of all images, where they are known without decoding. */
  labels?(): Iterable<number>;
  describe(): DataDescription;
  start(options: { readonly epochs: number; readonly resume?: LoaderState }): BatchRun;
}

/** Optimizer steps of a whole training. */
export function stepsIn(
  { batchesPerEpoch, batchesIn }: Pick<Loader, 'batchesPerEpoch' | 'batchesIn'>,
  { epochs, accumulate = 1 }: { readonly epochs: number; readonly accumulate?: number },
): number {
  let steps = 0;
  for (let epoch = 0; epoch < epochs; epoch++) steps += Math.ceil((batchesIn?.(epoch) ?? batchesPerEpoch) / accumulate);
  return steps;
}
