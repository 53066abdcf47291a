import { resampleInJs } from './resample-js.ts';
import { resampleInSimd } from './resample-simd.ts';
import type { ResampleWeights } from './resample-weights.ts';
import type { RgbImage } from './rgb-image.ts';

/** A rectangle of RGB pixels within a larger image's memory. */
export interface Raster {
  readonly data: Uint8Array | Uint8ClampedArray;
  /** Byte of the first pixel. */
  readonly offset: number;
  /** From one row's start to the next. */
  readonly rowBytes: number;
}

/** Filters a raster along both axes: rows first, rounded to 8 bits, then columns, as Pillow does. */
export function resample(image: Raster, horizontal: ResampleWeights, vertical: ResampleWeights): RgbImage {
  const data = resampleInSimd(image, horizontal, vertical) ?? resampleInJs(image, horizontal, vertical);
  return { width: horizontal.length, height: vertical.length, data };
}
