import { assertInside, assertSize, type Box, type Size } from './resize.ts';
import { assertRgbImage, type RgbImage } from './rgb-image.ts';

/** Copies a part of an image. @throws ImageError if `box` is not inside of it. */
export function crop(image: RgbImage, box: Box): RgbImage {
  assertRgbImage(image, 'crop');
  assertInside(box, image, 'crop');
  const { top, left, width, height } = box;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(from, from + width * 3), y * width * 3);
  }
  return { width, height, data };
}

/** Surrounds an image with pixels of one colour (default black). */
export function pad(image: RgbImage, border: { left: number; top: number; right: number; bottom: number }, fill = 0): RgbImage {
  assertRgbImage(image, 'pad');
  const width = border.left + image.width + border.right;
  const height = border.top + image.height + border.bottom;
  const data = new Uint8Array(width * height * 3).fill(fill);
  for (let y = 0; y < image.height; y++) {
    const from = y * image.width * 3;
    data.set(image.data.subarray(from, from + image.width * 3), ((border.top + y) * width + border.left) * 3);
  }
  return { width, height, data };
}

/**
 * Takes the middle of an image as torchvision's `center_crop` does; an image that is too small is padded with black first.
 *
 * @throws ImageError unless `size` is whole and positive.
 */
export function centerCrop(image: RgbImage, size: number | Size): RgbImage {
  assertRgbImage(image, 'centerCrop');
  const { width, height } = typeof size === 'number' ? { width: size, height: size } : size;
  assertSize({ width, height }, 'centerCrop');
  const missing = { width: Math.max(0, width - image.width), height: Math.max(0, height - image.height) };
  if (missing.width || missing.height) {
    const [left, top] = [missing.width >> 1, missing.height >> 1];
    image = pad(image, { left, top, right: missing.width - left, bottom: missing.height - top });
  }
  return crop(image, centerBox(image, { width, height }));
}

/** Where torchvision's `center_crop` puts a box of `size` in an image that is at least as large. */
export function centerBox(image: Size, { width, height }: Size): Box {
  return { top: roundHalfEven((image.height - height) / 2), left: roundHalfEven((image.width - width) / 2), width, height };
}

/** Python's `round`. */
function roundHalfEven(x: number): number {
  return x % 1 === 0.5 && Math.floor(x) % 2 === 0 ? Math.floor(x) : Math.round(x);
}
