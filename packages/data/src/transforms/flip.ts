import { assertRgbImage, type RgbImage } from '../rgb-image.ts';

/** Mirrors left and right. */
export function flipHorizontal(image: RgbImage): RgbImage {
  assertRgbImage(image, 'flipHorizontal');
  const { width, height, data } = image;
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    let from = (y + 1) * width * 3 - 3;
    for (let to = y * width * 3; to < (y + 1) * width * 3; to += 3, from -= 3) {
      out[to] = data[from] as number;
      out[to + 1] = data[from + 1] as number;
      out[to + 2] = data[from + 2] as number;
    }
  }
  return { width, height, data: out };
}

/** Mirrors top and bottom. */
export function flipVertical(image: RgbImage): RgbImage {
  assertRgbImage(image, 'flipVertical');
  const row = image.width * 3;
  const out = new Uint8Array(image.data.length);
  for (let y = 0; y < image.height; y++) out.set(image.data.subarray(y * row, (y + 1) * row), (image.height - 1 - y) * row);
  return { width: image.width, height: image.height, data: out };
}
