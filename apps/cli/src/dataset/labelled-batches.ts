import { type Batch, batches, type Dataset, type PreprocessingSpec, resizeAndCrop } from '@resnetjs/data';

export interface LabelledBatchesOptions {
  readonly preprocessing: PreprocessingSpec;
  /** The network's output by the dataset's class. */
  readonly outputs: readonly number[];
  readonly batchSize: number;
  /** Told how many images were handed out and computed. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Every image of a dataset once, in order, prepared for a network and labelled with the output that would be right.
 *
 * @throws ImageError or DatasetError for an image that cannot be read, when its batch's turn comes.
 */
export async function* labelledBatches(dataset: Dataset, options: LabelledBatchesOptions): AsyncGenerator<Batch> {
  const { preprocessing, outputs, batchSize, onProgress } = options;
  const augment = (image: Parameters<typeof resizeAndCrop>[0]) => resizeAndCrop(image, preprocessing);
  let done = 0;
  for await (const batch of batches(dataset, { batchSize, augment, normalization: preprocessing })) {
    yield { ...batch, labels: batch.labels.map((label) => outputs[label] as number) };
    done += batch.labels.length;
    onProgress?.(done);
  }
}
