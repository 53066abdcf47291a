import type { RgbImage } from '../rgb-image.ts';

/** Turns and mirrors a picture upright that was stored with an EXIF orientation of 2 to 8; others are left as they are. */
export function turnUpright(image: RgbImage, orientation: number): RgbImage {
  if (!(orientation >= 2 && orientation <= 8)) return image;
  const { width, height, data } = image;
  const isOnSide = orientation >= 5;
  const mirrorsColumns = [2, 3, 7, 8].includes(orientation);
  const mirrorsRows = [3, 4, 6, 7].includes(orientation);
  const [outWidth, outHeight] = isOnSide ? [height, width] : [width, height];
  const out = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const [column, row] = isOnSide ? [y, x] : [x, y];
      const from = ((mirrorsRows ? height - 1 - row : row) * width + (mirrorsColumns ? width - 1 - column : column)) * 3;
      out[to++] = data[from] as number;
      out[to++] = data[from + 1] as number;
      out[to++] = data[from + 2] as number;
    }
  }
  return { width: outWidth, height: outHeight, data: out };
}
