import type { Dataset } from '../datasets/dataset.ts';
import { mix } from '../random.ts';
import { type BatchIterator, type BatchOptions, type BatchState, batches } from './batches.ts';

/** How a loader goes through its dataset, each time it starts. */
export type LoaderOptions = Omit<BatchOptions, 'epochs' | 'resume'>;

/** What tells one set of samples, gone through in one way, from another. Plain JSON. */
export interface LoaderDescription {
  readonly images: number;
  readonly classes: readonly string[] | null;
  /** A hash of every sample's label and path. */
  readonly contents: string;
  /** What order and augmentation depend on. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A dataset and how it is gone through, as often as need be: what `@resnetjs/train` trains and validates on. */
export interface DatasetLoader {
  readonly images: number;
  readonly batchesPerEpoch: number;
  readonly classes?: readonly string[];
  /** The labels of all images, where they are known without decoding. */
  labels?(): Iterable<number>;
  describe(): LoaderDescription;
  start(options: { readonly epochs: number; readonly resume?: BatchState }): BatchIterator;
}

/** Options that change how fast batches come, not which. */
const INDIFFERENT = new Set(['workers', 'prefetch', 'signal', 'onBroken', 'epochs', 'resume']);

/**
 * Joins a dataset and how it is gone through: `loader(dataset, { batchSize: 128, shuffle: true })`. Each start is a run of `batches`.
 *
 * @param options as of `batches`
 */
export function loader(dataset: Dataset, options: LoaderOptions = {}): DatasetLoader {
  const { batchSize = 32, dropLast = false, smallest = 1 } = options;
  const { length, classes } = dataset;
  const rest = length % batchSize;
  let described: LoaderDescription | undefined; // looks at every sample: once is enough
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

function hashContents(dataset: Dataset): string {
  const { length } = dataset;
  let [low, high] = [length, ~length];
  const add = (value: number) => {
    low = mix(low ^ value);
    high = mix((high + value) | 0);
  };
  for (let i = 0; i < length; i++) {
    if (dataset.label) add(dataset.label(i));
    const path = dataset.source?.(i).path ?? '';
    for (let c = 0; c < path.length; c++) add(path.charCodeAt(c));
  }
  return [low, high].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
