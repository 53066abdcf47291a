import { mix32 } from '@resnetjs/core';
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

/** A dataset and how it is gone through, as often as training needs. */
export interface Loader {
  readonly images: number;
  readonly batchesPerEpoch: number;
  readonly classes?: readonly string[];
  /** The labels of all images, where they are known without decoding. */
  labels?(): Iterable<number>;
  describe(): DataDescription;
  start(options: { readonly epochs: number; readonly resume?: LoaderState }): BatchRun;
}

/** The part of a dataset of `@resnetjs/data` that is looked at here. */
export interface LabelledDataset {
  readonly length: number;
  readonly classes?: readonly string[];
  label?(index: number): number;
  source?(index: number): { readonly path?: string };
}

interface LoaderOptions {
  readonly batchSize?: number;
  readonly dropLast?: boolean;
  readonly smallest?: number;
  readonly seed?: number;
}

/** What each run is given beside a loader's own options. */
interface RunOptions {
  readonly epochs: number;
  readonly resume?: LoaderState;
}

/** Options that change how fast batches come, not which. */
const INDIFFERENT = new Set(['workers', 'prefetch', 'signal', 'onBroken', 'epochs', 'resume']);

/**
 * Joins a dataset to training: `loader(batches, dataset, { batchSize: 128, shuffle: true })`.
 *
 * @param batches that of `@resnetjs/data`, or anything that goes through a dataset as it does
 */
export function loader<D extends LabelledDataset, O extends LoaderOptions>(
  batches: (dataset: D, options: O & RunOptions) => BatchRun,
  dataset: D,
  options: O,
): Loader {
  const { batchSize = 32, dropLast = false, smallest = 1 } = options;
  const { length, classes } = dataset;
  const rest = length % batchSize;
  let described: DataDescription | undefined; // looks at every sample: once is enough
  return {
    images: length,
    batchesPerEpoch: Math.floor(length / batchSize) + (rest >= (dropLast ? batchSize : smallest) ? 1 : 0),
    ...(classes && { classes }),
    ...(dataset.label && { labels: () => Array.from({ length }, (_, i) => dataset.label?.(i) as number) }),
    describe() {
      described ??= {
        images: length,
        classes: classes ?? null,
        contents: hashContents(dataset),
        options: describeOptions({ batchSize, dropLast, seed: 0, ...options }),
      };
      return described;
    },
    start: (run) => batches(dataset, { ...options, ...run }),
  };
}

/** Options as JSON: a transform by its recipe, another function by its name. */
function describeOptions(options: object): Record<string, unknown> {
  const kept = Object.entries(options).filter(([key, value]) => !INDIFFERENT.has(key) && value !== undefined);
  const plain = (_: string, value: unknown) => (typeof value === 'function' ? ((value as { spec?: unknown }).spec ?? value.name) : value);
  return JSON.parse(JSON.stringify(Object.fromEntries(kept), plain)) as Record<string, unknown>;
}

function hashContents(dataset: LabelledDataset): string {
  const { length } = dataset;
  let [low, high] = [length, ~length];
  const add = (value: number) => {
    low = mix32(low ^ value);
    high = mix32((high + value) | 0);
  };
  for (let i = 0; i < length; i++) {
    if (dataset.label) add(dataset.label(i));
    const path = dataset.source?.(i).path ?? '';
    for (let c = 0; c < path.length; c++) add(path.charCodeAt(c));
  }
  return [low, high].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
