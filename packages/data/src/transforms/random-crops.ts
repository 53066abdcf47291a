import { crop, pad } from '../crop.ts';
import { ImageError } from '../image-error.ts';
import type { Random } from '../random.ts';
import type { Interpolation } from '../resample-weights.ts';
import type { Box, Size } from '../resize.ts';
import { resizedCrop } from '../resized-crop.ts';
import { describedTransform, type Transform } from './transform.ts';

/** What part `randomResizedCrop` takes. */
export interface RandomResizedCropOptions {
  /** Least and greatest share of the image's area. Default 0.08 to 1. */
  readonly scale?: readonly [number, number];
  /** Least and greatest width by height. Default 3/4 to 4/3. */
  readonly ratio?: readonly [number, number];
  readonly interpolation?: Interpolation;
}

/** Takes a random part of the image and resizes it to `size`: torchvision's `RandomResizedCrop`, the usual ImageNet augmentation. */
export function randomResizedCrop(size: number | Size, options: RandomResizedCropOptions = {}): Transform {
  const { scale = [0.08, 1], ratio = [3 / 4, 4 / 3], interpolation = 'bilinear' } = options;
  return describedTransform('randomResizedCrop', [size, options], (image, random) =>
    resizedCrop(image, randomBox(image, { scale, ratio }, random), size, interpolation),
  );
}

function randomBox(
  { width, height }: Size,
  { scale, ratio }: Required<Pick<RandomResizedCropOptions, 'scale' | 'ratio'>>,
  random: Random,
): Box {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * random.uniform(...scale);
    const aspect = Math.exp(random.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const w = Math.round(Math.sqrt(area * aspect));
    const h = Math.round(Math.sqrt(area / aspect));
    if (w > 0 && w <= width && h > 0 && h <= height) {
      return { width: w, height: h, top: random.int(height - h + 1), left: random.int(width - w + 1) };
    }
  }
  // torchvision's way out: as much of the middle as the ratio allows.
  const own = width / height;
  const w = own > ratio[1] ? Math.round(height * ratio[1]) : width;
  const h = own < ratio[0] ? Math.round(width / ratio[0]) : height;
  return { width: w, height: h, top: Math.floor((height - h) / 2), left: Math.floor((width - w) / 2) };
}

/** Pads every side by `padding` pixels of `fill`, then takes a `size` square at random: the usual CIFAR augmentation with 4. */
export function randomCrop(size: number, { padding = 0, fill = 0 }: { readonly padding?: number; readonly fill?: number } = {}): Transform {
  return describedTransform('randomCrop', [size, { padding, fill }], (image, random) => {
    const { width, height } = image;
    const room = { width: width + 2 * padding - size, height: height + 2 * padding - size };
    if (room.width < 0 || room.height < 0) {
      throw new ImageError(
        `randomCrop: a ${width}x${height} image padded by ${padding} is smaller than the crop of ${size}. Resize first or pad more.`,
      );
    }
    const padded = padding > 0 ? pad(image, { left: padding, top: padding, right: padding, bottom: padding }, fill) : image;
    return crop(padded, { width: size, height: size, top: random.int(room.height + 1), left: random.int(room.width + 1) });
  });
}
