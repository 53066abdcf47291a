import { ImageError } from './image-error.ts';

/** An 8-bit RGB picture: `height` rows of `width` pixels of 3 bytes, no padding between rows. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** `width * height * 3` bytes, red first. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Checks at the door that `image` has the bytes its size promises. @throws ImageError naming `caller`. */
export function assertRgbImage(image: RgbImage, caller: string): void {
  const { width, height, data } = image;
  const expected = width * height * 3;
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new ImageError(`${caller}: an image needs a whole width and height of at least 1, but received ${width}x${height}.`);
  }
  if (data?.length !== expected) {
    const rgba = data?.length === width * height * 4 ? ' It looks like RGBA: drop every fourth byte.' : '';
    throw new ImageError(
      `${caller}: a ${width}x${height} image needs ${expected} RGB bytes, but received ${data?.length ?? 'none'}.${rgba || ' Use decodeImage to make one.'}`,
    );
  }
}
