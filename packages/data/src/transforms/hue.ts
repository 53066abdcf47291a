import { ImageError } from '../image-error.ts';
import { assertRgbImage, type RgbImage } from '../rgb-image.ts';

const { fround } = Math;

/**
 * Turns every colour around the colour wheel: 0.5 is its opposite. Computed in 8-bit HSV as torchvision does with Pillow.
 *
 * @throws ImageError unless `factor` is within -0.5..0.5.
 * @see https://github.com/python-pillow/Pillow/blob/9.4.0/src/libImaging/Convert.c (`rgb2hsv_row`, `hsv2rgb`)
 */
export function adjustHue(image: RgbImage, factor: number): RgbImage {
  assertRgbImage(image, 'adjustHue');
  if (!(Math.abs(factor) <= 0.5)) throw new ImageError(`adjustHue: the factor must be within -0.5 and 0.5, but received ${factor}.`);
  const turn = Math.trunc(factor * 255);
  const { data } = image;
  const out = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [data[i] as number, data[i + 1] as number, data[i + 2] as number];
    const value = Math.max(r, g, b);
    const range = value - Math.min(r, g, b);
    const saturation = range === 0 ? 0 : Math.trunc(fround(fround(range / value) * 255));
    if (saturation === 0) {
      out.fill(value, i, i + 3);
      continue;
    }
    writeRgb(out, i, (hueOf(r, g, b, value, range) + turn) & 255, saturation, value);
  }
  return { width: image.width, height: image.height, data: new Uint8Array(out.buffer) };
}

function hueOf(r: number, g: number, b: number, value: number, range: number): number {
  const red = fround((value - r) / range);
  const green = fround((value - g) / range);
  const blue = fround((value - b) / range);
  const sixths = r === value ? fround(blue - green) : g === value ? fround(2 + red - blue) : fround(4 + green - red);
  return Math.trunc(fround((sixths / 6 + 1) % 1) * 255);
}

function writeRgb(out: Uint8ClampedArray, at: number, hue: number, saturation: number, value: number): void {
  const position = (hue * 6) / 255;
  const sector = Math.floor(fround(position));
  const fraction = fround(fround(position) - sector);
  const s = fround(saturation / 255);
  const p = Math.round(value * (1 - s));
  const q = Math.round(value * (1 - fround(s * fraction)));
  const t = Math.round(value * (1 - s * (1 - fraction)));
  const rgb = [
    [value, t, p],
    [q, value, p],
    [p, value, t],
    [p, q, value],
    [t, p, value],
    [value, p, q],
  ][sector % 6] as number[];
  out.set(rgb, at);
}
