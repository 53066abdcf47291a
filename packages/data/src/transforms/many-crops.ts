import { centerCrop, crop } from '../crop.ts';
import type { RgbImage } from '../rgb-image.ts';
import { flipHorizontal } from './flip.ts';

/** The four corners and the middle, in torchvision's order: top left, top right, bottom left, bottom right, middle. @throws ImageError if the image is smaller. */
export function fiveCrop(image: RgbImage, size: number): RgbImage[] {
  const [right, bottom] = [image.width - size, image.height - size];
  const corners = [
    { top: 0, left: 0 },
    { top: 0, left: right },
    { top: bottom, left: 0 },
    { top: bottom, left: right },
  ];
  return [...corners.map((corner) => crop(image, { ...corner, width: size, height: size })), centerCrop(image, size)];
}

/** `fiveCrop`, then the same of the mirrored image. @throws ImageError if the image is smaller. */
export const tenCrop = (image: RgbImage, size: number): RgbImage[] => [...fiveCrop(image, size), ...fiveCrop(flipHorizontal(image), size)];
