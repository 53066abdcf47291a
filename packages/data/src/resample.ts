import type { Raster } from './raster.ts';
import { resampleInJs } from './resample-js.ts';
import { resampleInSimd } from './resample-simd.ts';
import type { ResampleWeights } from './resample-weights.ts';
import type { RgbImage } from './rgb-image.ts';

/** Filters a raster along both axes: rows first, rounded to 8 bits, then columns, as Pillow does. */
export function resample(image: Raster, horizontal: ResampleWeights, vertical: ResampleWeights): RgbImage {
  const data = resampleInSimd(image, horizontal, vertical) ?? resampleInJs(image, horizontal, vertical);
  return { width: horizontal.length, height: vertical.length, data };
}
