import { arrayDataset, type IndexedDataset } from '@resnetjs/data';
import { stripes } from './tiny-net.ts';

/** The stripes of `stripes` as bytes, grey in all three channels, for loaders. */
export function stripedImages(count: number, options: { seed?: number; side?: number; classes?: number } = {}): IndexedDataset {
  const { images, shape, labels } = stripes(count, options);
  const [, side = 0] = shape;
  const pixels = side * side;
  const pictures = Array.from({ length: count }, (_, i) => ({
    width: side,
    height: side,
    data: Uint8Array.from({ length: pixels * 3 }, (_, k) => 85 * ((images[i * pixels + Math.floor(k / 3)] as number) + 1.5)),
  }));
  return arrayDataset(pictures, labels as Int32Array, ['flat', 'columns', 'rows'].slice(0, options.classes ?? 3));
}

/** What such bytes are brought back by. */
export const STRIPE_COLOURS = { mean: [0.5, 0.5, 0.5], std: [1 / 3, 1 / 3, 1 / 3] } as const;
