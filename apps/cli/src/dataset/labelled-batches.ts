import { type Batch, type BrokenSample, batches, type Dataset, type PreprocessingSpec, resizeAndCrop } from '@resnetjs/data';

export interface LabelledBatchesOptions {
  readonly preprocessing: PreprocessingSpec;
  /** The network's output by the dataset's class. */
  readonly outputs: readonly number[];
  readonly batchSize: number;
  /** Told of each image that cannot be read, which is left out; without it, the first one ends all. */
  readonly onBroken?: (broken: BrokenSample) => void;
  /** Told how many images were handed out and computed, or left out. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Every image of a dataset once, in order, prepared for a network and labelled with the output that would be right.
 *
 * @throws ImageError or DatasetError for an image that cannot be read, when its batch's turn comes, unless there is `onBroken`.
 */
export async function* labelledBatches(dataset: Dataset, options: LabelledBatchesOptions): AsyncGenerator<Batch> {
  const { preprocessing, outputs, batchSize, onBroken, onProgress } = options;
  const augment = (image: Parameters<typeof resizeAndCrop>[0]) => resizeAndCrop(image, preprocessing);
  let done = 0;
  const leaveOut = (broken: BrokenSample) => {
    done++;
    onBroken?.(broken);
  };
  for await (const batch of batches(dataset, {
    batchSize,
    augment,
    normalization: preprocessing,
    ...(onBroken && { onBroken: leaveOut }),
  })) {
    yield { ...batch, labels: batch.labels.map((label) => outputs[label] as number) };
    done += batch.labels.length;
    onProgress?.(done);
  }
}
