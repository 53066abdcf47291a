import { type Dataset, sampleSizes } from '@resnetjs/data';

/**
 * The longer side of the image in the middle of a sample of them: one icon among photos, or one photo among icons, decides nothing.
 *
 * @returns undefined where none can be read
 */
export async function medianSide(dataset: Dataset): Promise<number | undefined> {
  const sides = (await sampleSizes(dataset)).map(({ width, height }) => Math.max(width, height)).sort((a, b) => a - b);
  return sides[(sides.length - 1) >> 1];
}
