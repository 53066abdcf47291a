import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/** Photos of so many pixels a side as JPEG, cut from those of the repository: the bytes of each are others. */
export async function photos(count: number, side = 224): Promise<Buffer[]> {
  const files = ['chelsea.png', 'rocket.jpg'].map((name) =>
    fileURLToPath(new URL(`../../packages/testing/photos/${name}`, import.meta.resolve('resnetjs/package.json'))),
  );
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const file = files[i % files.length] as string;
      const { width = side, height = side } = await sharp(file).metadata();
      const left = Math.floor(((width - side) * i) / count);
      const top = Math.floor(((height - side) * ((i * 7) % count)) / count);
      return sharp(file).extract({ left, top, width: side, height: side }).jpeg({ quality: 90 }).toBuffer();
    }),
  );
}
