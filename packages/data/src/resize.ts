import { ImageError } from './image-error.ts';
import { resample } from './resample.ts';
import { type Interpolation, resampleWeights } from './resample-weights.ts';
import { assertRgbImage, type RgbImage } from './rgb-image.ts';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A part of an image, in pixels from its top left corner. */
export interface Box extends Size {
  readonly top: number;
  readonly left: number;
}

/** How `resize` filters. */
export interface ResizeOptions {
  /** Default `'bilinear'`. */
  readonly interpolation?: Interpolation;
  /** Only this part of the resized image is computed and returned. Default: all of it. */
  readonly crop?: Box;
}

/**
 * Resizes with antialiasing, byte for byte as Pillow's `Image.resize`.
 *
 * @param size a number makes the shorter side that long and keeps the aspect ratio, as torchvision's `Resize` does
 * @throws ImageError for a size that is not whole and positive, or a crop outside of the resized image.
 */
export function resize(image: RgbImage, size: number | Size, { interpolation = 'bilinear', crop }: ResizeOptions = {}): RgbImage {
  assertRgbImage(image, 'resize');
  const { width, height } = typeof size === 'number' ? shorterSideTo(image, size) : size;
  assertSize({ width, height }, 'resize');
  const box = crop ?? { top: 0, left: 0, width, height };
  assertInside(box, { width, height }, 'resize');
  return resample(
    { data: image.data, offset: 0, rowBytes: image.width * 3 },
    resampleWeights(image.width, width, { interpolation, first: box.left, wanted: box.width }),
    resampleWeights(image.height, height, { interpolation, first: box.top, wanted: box.height }),
  );
}

/** @throws ImageError naming `caller` unless `size` is whole and positive. */
export function assertSize({ width, height }: Size, caller: string): void {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new ImageError(`${caller}: the size must be whole and at least 1, but received ${width}x${height}.`);
  }
}

/** The size that `image` takes when its shorter side becomes `size`: torchvision cuts the other side's fraction off. */
export function shorterSideTo({ width, height }: Size, size: number): Size {
  return width <= height
    ? { width: size, height: Math.trunc((size * height) / width) }
    : { width: Math.trunc((size * width) / height), height: size };
}

/** @throws ImageError naming `caller` unless `box` lies within `size`. */
export function assertInside(box: Box, size: Size, caller: string): void {
  const whole = [box.top, box.left, box.width, box.height].every(Number.isInteger);
  const inside = box.top >= 0 && box.left >= 0 && box.left + box.width <= size.width && box.top + box.height <= size.height;
  if (!whole || !inside || box.width < 1 || box.height < 1) {
    throw new ImageError(
      `${caller}: the box ${box.width}x${box.height} at left ${box.left}, top ${box.top} must be whole pixels inside of the ${size.width}x${size.height} image.`,
    );
  }
}
