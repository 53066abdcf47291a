import { centerBox, centerCrop } from './crop.ts';
import { ImageError } from './image-error.ts';
import { normalize } from './normalize.ts';
import type { PreprocessingSpec } from './preprocessing-spec.ts';
import { resize, shorterSideTo } from './resize.ts';
import type { RgbImage } from './rgb-image.ts';

/** Images ready for a network, channels last. */
export interface ImageBatch {
  /** `[N,H,W,3]` flat. */
  readonly data: Float32Array;
  readonly shape: [number, number, number, 3];
}

/**
 * Prepares images as the network was trained to see them: resize the shorter side, crop the middle, normalize.
 * The values are torchvision's to the last bit.
 *
 * @returns `[N,crop,crop,3]`; N is 1 for a single image
 * @throws ImageError for an image without the bytes its size promises, or an empty list.
 */
export function preprocess(images: RgbImage | readonly RgbImage[], spec: PreprocessingSpec): ImageBatch {
  const list = Array.isArray(images) ? (images as readonly RgbImage[]) : [images as RgbImage];
  if (list.length === 0) throw new ImageError('preprocess: expected an image or a list of images, but received an empty list.');
  const imageLength = spec.crop * spec.crop * 3;
  const data = new Float32Array(list.length * imageLength);
  for (const [n, image] of list.entries()) {
    normalize(resizeAndCrop(image, spec), spec, data.subarray(n * imageLength, (n + 1) * imageLength));
  }
  return { data, shape: [list.length, spec.crop, spec.crop, 3] };
}

/** The 8-bit half of `preprocess`: what the network sees, still to be looked at. */
export function resizeAndCrop(
  image: RgbImage,
  { resize: size, crop, interpolation }: Pick<PreprocessingSpec, 'resize' | 'crop' | 'interpolation'>,
): RgbImage {
  const resized = shorterSideTo(image, size);
  // Pixels that would be cropped away are not computed; padding (crop > resize) is centerCrop's.
  if (crop <= resized.width && crop <= resized.height) {
    return resize(image, resized, { interpolation, crop: centerBox(resized, { width: crop, height: crop }) });
  }
  return centerCrop(resize(image, resized, { interpolation }), crop);
}
