import { assertRgbImage, type RgbImage } from '../rgb-image.ts';
import { applyLookup } from './point-operations.ts';

/** One byte of grey per pixel, by Pillow's `convert('L')`. */
export function luminance({ data }: RgbImage): Uint8Array {
  const out = new Uint8Array(data.length / 3);
  for (let i = 0, from = 0; i < out.length; i++, from += 3) {
    // ITU-R 601-2 in 16-bit fixed point.
    out[i] = ((data[from] as number) * 19595 + (data[from + 1] as number) * 38470 + (data[from + 2] as number) * 7471 + 0x8000) >> 16;
  }
  return out;
}

/** Removes colour; the result still has three channels. */
export const greyscale = (image: RgbImage): RgbImage => adjustSaturation(image, 0);

/** Scales every byte: 0 is black, 1 the image. Pillow's `ImageEnhance.Brightness`. */
export const adjustBrightness = (image: RgbImage, factor: number): RgbImage => blendWithLevel(image, 0, factor);

/** Moves away from the mean grey: 0 is flat grey, 1 the image. Pillow's `ImageEnhance.Contrast`. */
export function adjustContrast(image: RgbImage, factor: number): RgbImage {
  assertRgbImage(image, 'adjustContrast');
  const grey = luminance(image);
  let sum = 0;
  for (const value of grey) sum += value;
  return blendWithLevel(image, Math.trunc(sum / grey.length + 0.5), factor);
}

/** Moves away from grey: 0 is grey, 1 the image. Pillow's `ImageEnhance.Color`. */
export function adjustSaturation(image: RgbImage, factor: number): RgbImage {
  assertRgbImage(image, 'adjustSaturation');
  const grey = luminance(image);
  const base = new Uint8Array(image.data.length);
  for (let i = 0; i < grey.length; i++) base.fill(grey[i] as number, i * 3, i * 3 + 3);
  return blend({ ...image, data: base }, image, factor);
}

/** Moves away from a smoothed copy: 0 is smoothed, 1 the image, 2 sharper. Pillow's `ImageEnhance.Sharpness`. */
export function adjustSharpness(image: RgbImage, factor: number): RgbImage {
  assertRgbImage(image, 'adjustSharpness');
  return blend(smooth(image), image, factor);
}

/**
 * Interpolates between two images of one size, or extrapolates beyond them, with Pillow's `Image.blend` roundings
 * (float32, then cut off).
 */
export function blend(from: RgbImage, to: RgbImage, factor: number): RgbImage {
  if (factor === 1) return to;
  const alpha = Math.fround(factor);
  const data = new Uint8Array(to.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = blendByte(from.data[i] as number, to.data[i] as number, alpha);
  }
  return { width: to.width, height: to.height, data };
}

function blendByte(from: number, to: number, alpha: number): number {
  const value = Math.fround(from + Math.fround(alpha * (to - from)));
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
}

function blendWithLevel(image: RgbImage, level: number, factor: number): RgbImage {
  if (factor === 1) return image;
  const alpha = Math.fround(factor);
  return applyLookup(
    image,
    Uint8Array.from({ length: 256 }, (_, value) => blendByte(level, value, alpha)),
  );
}

/** Pillow's `ImageFilter.SMOOTH`: weights 1 around 5, by 13; the border is copied. */
function smooth({ width, height, data }: RgbImage): RgbImage {
  const out = new Uint8Array(data);
  const row = width * 3;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * row + 3; i < (y + 1) * row - 3; i++) {
      let sum = 4 * (data[i] as number);
      for (const middle of [i - row, i, i + row]) {
        sum += (data[middle - 3] as number) + (data[middle] as number) + (data[middle + 3] as number);
      }
      out[i] = Math.floor(sum / 13 + 0.5);
    }
  }
  return { width, height, data: out };
}
