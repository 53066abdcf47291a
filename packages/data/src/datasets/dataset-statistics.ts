import type { BrokenSample } from '../batches/batch.ts';
import type { PerChannel } from '../normalize.ts';
import type { RgbImage } from '../rgb-image.ts';
import type { Dataset, Sample } from './dataset.ts';

/** What a dataset holds. */
export interface DatasetStatistics {
  /** Samples of each class, by label; of those that could be read. */
  readonly counts: readonly number[];
  /** Each size that occurs, `'640x427'`, the most frequent first. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly broken: readonly BrokenSample[];
  /** Of channels scaled to 0..1, every image with the same weight: what `normalize` wants. NaN without any image. */
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

/** How a dataset is looked through. */
export interface StatisticsOptions {
  readonly onProgress?: (seen: number, length: number) => void;
  readonly signal?: AbortSignal;
}

// The platform decodes on threads of its own: enough to keep them busy, few enough to bound memory.
const DECODES_AT_ONCE = 4;

/** Reads every sample once: class counts, sizes, broken files, and the mean and standard deviation of the colours. */
export async function datasetStatistics(dataset: Dataset, { onProgress, signal }: StatisticsOptions = {}): Promise<DatasetStatistics> {
  const counts = new Array<number>(dataset.classes?.length ?? 0).fill(0);
  const sizes = new Map<string, number>();
  const broken: BrokenSample[] = [];
  const moments = new Float64Array(6);
  // Taken in order, whichever is decoded first: sums of floats, and which of two sizes is named first, then repeat.
  const ahead: Promise<Sample | Error>[] = [];
  for (let index = 0, asked = 0; index < dataset.length; index++) {
    signal?.throwIfAborted();
    while (asked < dataset.length && ahead.length < DECODES_AT_ONCE) ahead.push(dataset.get(asked++).catch((error: Error) => error));
    const sample = (await ahead.shift()) as Sample | Error;
    if (sample instanceof Error) {
      broken.push({ index, path: dataset.source?.(index).path ?? `sample ${index}`, error: sample });
    } else {
      const { image, label } = sample;
      counts[label] = (counts[label] ?? 0) + 1;
      const size = `${image.width}x${image.height}`;
      sizes.set(size, (sizes.get(size) ?? 0) + 1);
      addMoments(image, moments);
    }
    onProgress?.(index + 1, dataset.length);
  }

  const images = dataset.length - broken.length;
  const channel = (c: number) => {
    const mean = (moments[c] as number) / images;
    return { mean, std: Math.sqrt(Math.max(0, (moments[c + 3] as number) / images - mean * mean)) };
  };
  const [red, green, blue] = [channel(0), channel(1), channel(2)];
  return {
    counts: Array.from(counts, (count) => count ?? 0),
    sizes: new Map([...sizes].sort(([, a], [, b]) => b - a)),
    broken,
    mean: [red.mean, green.mean, blue.mean],
    std: [red.std, green.std, blue.std],
  };
}

/** Adds the means of each channel, and of its squares, to `moments`. */
function addMoments({ data, width, height }: RgbImage, moments: Float64Array): void {
  for (let c = 0; c < 3; c++) {
    let sum = 0;
    let squares = 0;
    for (let i = c; i < data.length; i += 3) {
      const value = data[i] as number;
      sum += value;
      squares += value * value;
    }
    moments[c] = (moments[c] as number) + sum / (255 * width * height);
    moments[c + 3] = (moments[c + 3] as number) + squares / (255 * 255 * width * height);
  }
}
