import { classify } from '@resnetjs/core';
import { type BrokenSample, batches, type Dataset, resizeAndCrop } from '@resnetjs/data';
import type { Network } from '../network/load-network.ts';
import { readImage } from '../read-image.ts';
import type { Terminal } from '../terminal.ts';
import type { Outcome } from './outcome.ts';

export interface ClassifyImagesOptions {
  readonly network: Network;
  /** Classes of each image. */
  readonly top: number;
  /** Images computed at once. */
  readonly batchSize: number;
}

/** Classifies images in batches, the next read while one is computed; what comes of them, in their order. */
export async function* classifyImages(
  images: readonly string[],
  { network, top, batchSize }: ClassifyImagesOptions,
  terminal: Pick<Terminal, 'stdin'>,
): AsyncGenerator<Outcome> {
  const { model, labels, preprocessing } = network;
  const name = (index: number) => images[index] as string;
  const dataset: Dataset = {
    length: images.length,
    get: async (index) => ({ image: await readImage(name(index), terminal), label: 0, path: name(index) }),
  };
  const broken: BrokenSample[] = [];
  const prepared = batches(dataset, {
    batchSize,
    augment: (image) => resizeAndCrop(image, preprocessing),
    normalization: preprocessing,
    onBroken: (sample) => broken.push(sample),
  });
  const failures = () => broken.splice(0).map(({ index, error }) => ({ index, outcome: { image: name(index), error } }));
  for await (const { images: data, shape, indices } of prepared) {
    const predictions = await classify(model, { data: data as Float32Array, shape }, labels?.names, top);
    const classified = predictions.map((own, n) => ({
      index: indices[n] as number,
      outcome: { image: name(indices[n] as number), predictions: own },
    }));
    for (const { outcome } of [...failures(), ...classified].sort((a, b) => a.index - b.index)) yield outcome;
  }
  for (const { outcome } of failures()) yield outcome;
}
