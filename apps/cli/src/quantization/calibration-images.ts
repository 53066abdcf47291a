import { batches, type Dataset, isSpriteFolder, type PreprocessingSpec, resizeAndCrop, spriteFolder, subset } from '@resnetjs/data';
import { greyOf } from '@resnetjs/network';
import * as tf from '@tensorflow/tfjs-core';
import { expandImages } from '../expand-images.ts';
import { readImage } from '../read-image.ts';
import type { Terminal } from '../terminal.ts';

/** Images at once: their activations are looked at in float. */
const BATCH_SIZE = 16;

/**
 * So many images of a folder, evenly chosen over all in it and below, so that a folder for each class is seen as a whole; of sprites those
 * to train on.
 *
 * @throws CommandError for a folder without images.
 */
export async function calibrationImages(folder: string, count: number, terminal: Pick<Terminal, 'stdin'>): Promise<Dataset> {
  const all = (await isSpriteFolder(folder).catch(() => false))
    ? await spriteFolder(folder, 'train')
    : filesAsDataset(await expandImages([folder]), terminal);
  const taken = Math.min(count, all.length);
  return subset(
    all,
    Array.from({ length: taken }, (_, i) => Math.floor((i * all.length) / taken)),
  );
}

const filesAsDataset = (files: readonly string[], terminal: Pick<Terminal, 'stdin'>): Dataset => ({
  length: files.length,
  get: async (index) => ({ image: await readImage(files[index] as string, terminal), label: 0, path: files[index] as string }),
});

/** All images of a dataset in order, prepared; what cannot be read ends it. */
export async function* preparedBatches(
  dataset: Dataset,
  preprocessing: PreprocessingSpec,
): AsyncGenerator<{ readonly data: Float32Array; readonly shape: readonly number[] }> {
  const prepared = batches(dataset, {
    batchSize: BATCH_SIZE,
    augment: (image) => resizeAndCrop(image, preprocessing),
    normalization: preprocessing,
  });
  for await (const { images, shape } of prepared) yield { data: images as Float32Array, shape };
}

/** As {@link preparedBatches}, for a network that takes them grey or in colours. */
export async function* calibrationBatches(
  dataset: Dataset,
  preprocessing: PreprocessingSpec,
  { isGrey }: { readonly isGrey: boolean },
): AsyncGenerator<{ readonly data: Float32Array; readonly shape: readonly number[] } | tf.Tensor> {
  const grey = { mean: preprocessing.mean[0] as number, std: preprocessing.std[0] as number };
  for await (const batch of preparedBatches(dataset, preprocessing)) {
    if (!isGrey) {
      yield batch;
      continue;
    }
    const images = tf.tidy(() => greyOf(tf.tensor(batch.data, [...batch.shape], 'float32'), grey));
    try {
      yield images;
    } finally {
      images.dispose();
    }
  }
}
