import { assertRgbImage, type RgbImage } from './rgb-image.ts';

/** One number for red, green and blue. */
export type PerChannel = readonly [number, number, number];

/** What `normalize` subtracts and divides by, of pixels scaled to 0..1. */
export interface Normalization {
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

/**
 * Scales bytes to 0..1, subtracts `mean` and divides by `std` per channel, with the same float32 roundings as
 * torchvision's `to_tensor` and `normalize`.
 *
 * @param out where to write `height * width * 3` values, for batches; made if absent
 * @returns `[H,W,3]` flat
 */
export function normalize(
  image: RgbImage,
  { mean, std }: Normalization,
  out: Float32Array = new Float32Array(image.data.length),
): Float32Array {
  assertRgbImage(image, 'normalize');
  const [red, green, blue] = [0, 1, 2].map((c) => lookup(mean[c] as number, std[c] as number)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const { data } = image;
  for (let i = 0; i < data.length; i += 3) {
    out[i] = red[data[i] as number] as number;
    out[i + 1] = green[data[i + 1] as number] as number;
    out[i + 2] = blue[data[i + 2] as number] as number;
  }
  return out;
}

// A byte has 256 values, so one channel's normalization is a table; the roundings are torch's, op by op.
function lookup(mean: number, std: number): Float32Array {
  const { fround } = Math;
  return Float32Array.from({ length: 256 }, (_, value) => fround(fround(fround(value / 255) - fround(mean)) / fround(std)));
}
