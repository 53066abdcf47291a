import type { Size } from '../resize.ts';
import type { RgbImage } from '../rgb-image.ts';
import { decodeJpegInSimd } from './jpeg-simd.ts';

/**
 * Decodes a JPEG at the least of 1/8, 1/4 and 1/2 of its size that is whole and has at least `least` pixels in width and height.
 *
 * @param size the file's own
 * @returns undefined where there is none, or the file is not of the kind that is decoded here
 */
export function decodeReducedJpeg(bytes: Uint8Array, { width, height }: Size, least: Size): RgbImage | undefined {
  for (const reduction of [8, 4, 2]) {
    if (width < reduction * least.width || height < reduction * least.height) continue;
    // A last pixel that is half outside would move all others by a fraction when the picture is resized.
    if (width % reduction > 0 || height % reduction > 0) continue;
    const image = decodeJpegInSimd(bytes, reduction);
    if (image) return image;
  }
  return undefined;
}
