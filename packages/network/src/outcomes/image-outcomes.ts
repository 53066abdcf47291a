import {
  type BrokenSample,
  batches,
  type Dataset,
  type ImageBatch,
  type PreprocessingSpec,
  type RgbImage,
  resizeAndCrop,
} from '@resnetjs/data';
import type { Answer, Outcome } from './outcome.ts';

export interface ImageOutcomesOptions<A extends Answer> {
  /** Reads an image; what it throws is that image's outcome. */
  readonly read: (image: string) => Promise<RgbImage>;
  /** How images are prepared. */
  readonly preprocessing: PreprocessingSpec;
  /** What the network says of prepared images, one answer each. */
  readonly answers: (pixels: ImageBatch) => Promise<readonly A[]>;
  /** Images computed at once. */
  readonly batchSize: number;
}

/** Computes images in batches, the next read while one is computed; what comes of them, in their order. */
export async function* imageOutcomes<A extends Answer>(
  images: readonly string[],
  { read, preprocessing, answers, batchSize }: ImageOutcomesOptions<A>,
): AsyncGenerator<Outcome<A>> {
  const name = (index: number) => images[index] as string;
  const dataset: Dataset = {
    length: images.length,
    get: async (index) => ({ image: await read(name(index)), label: 0, path: name(index) }),
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
    const all = await answers({ data: data as Float32Array, shape });
    const answered = all.map((answer, n) => ({
      index: indices[n] as number,
      outcome: { image: name(indices[n] as number), ...answer },
    }));
    for (const { outcome } of [...failures(), ...answered].sort((a, b) => a.index - b.index)) yield outcome;
  }
  for (const { outcome } of failures()) yield outcome;
}
