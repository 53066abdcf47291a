import { resample } from './resample.ts';
import { type Interpolation, resampleWeights } from './resample-weights.ts';
import { assertInside, assertSize, type Box, type Size } from './resize.ts';
import { assertRgbImage, type RgbImage } from './rgb-image.ts';

/** Crops `box`, then resizes it to exactly `size`, byte for byte as torchvision's `resized_crop`. @throws ImageError for a box outside. */
export function resizedCrop(image: RgbImage, box: Box, size: number | Size, interpolation: Interpolation = 'bilinear'): RgbImage {
  assertRgbImage(image, 'resizedCrop');
  assertInside(box, image, 'resizedCrop');
  const target = typeof size === 'number' ? { width: size, height: size } : size;
  assertSize(target, 'resizedCrop');
  const rowBytes = image.width * 3;
  return resample(
    { data: image.data, offset: box.top * rowBytes + box.left * 3, rowBytes },
    resampleWeights(box.width, target.width, { interpolation }),
    resampleWeights(box.height, target.height, { interpolation }),
  );
}
