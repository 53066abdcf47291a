import { batches, type Dataset, permutation, type Sampler, type Transform } from '@resnetjs/data';
import type { SheetSample } from './contact-sheet.ts';

export interface SampleOptions {
  readonly count: number;
  readonly augment: Transform;
  readonly seed: number;
}

/** A sample of a sheet, and where it is from. */
export interface DrawnSample extends SheetSample {
  readonly path: string;
}

/**
 * Draws samples as training would see them. Where there are fewer than `count`, they come again, augmented otherwise.
 *
 * @param dataset of readable images, at least one
 * @throws DatasetError or ImageError where `augment` cannot take them.
 */
export async function drawSamples(dataset: Dataset, { count, augment, seed }: SampleOptions): Promise<DrawnSample[]> {
  const again: Sampler = ({ length }, random) => {
    const order = permutation(length, random);
    return Int32Array.from({ length: count }, (_, i) => order[i % length] as number);
  };
  for await (const { images, shape, labels, indices } of batches(dataset, { batchSize: count, sampler: again, augment, seed })) {
    const [, height, width] = shape;
    const bytes = width * height * 3;
    return Array.from(labels, (group, n) => ({
      image: { width, height, data: (images as Uint8Array).subarray(n * bytes, (n + 1) * bytes) },
      label: dataset.classes?.[group] ?? String(group),
      group,
      path: dataset.source?.(indices[n] as number).path ?? `sample ${indices[n]}`,
    }));
  }
  return [];
}
