import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../decode-image.ts';
import { ImageError } from '../image-error.ts';
import { resize } from '../resize.ts';
import { decodeJpegInSimd } from './jpeg-simd.ts';

interface Draft {
  readonly file: string;
  readonly scale: number;
  readonly size: readonly [number, number];
  readonly sha256_rgb: string;
}

const read = (path: string) => readFileSync(new URL(path, import.meta.url));
const { drafts } = JSON.parse(read('../../golden/drafts.json').toString()) as { drafts: Draft[] };
const jpeg = (name: string) => {
  const golden = new URL(`../../golden/files/${name}`, import.meta.url);
  return readFileSync(existsSync(golden) ? golden : new URL(`../../../testing/photos/${name}`, import.meta.url));
};
const sizeOf = ({ width, height }: { width: number; height: number }) => `${width}x${height}`;

/** The rocket, cut to a size that can be divided by 8. */
const photo = (options: { progressive?: boolean; chromaSubsampling?: string } = {}) =>
  sharp(jpeg('rocket.jpg'))
    .extract({ left: 0, top: 0, width: 640, height: 424 })
    .jpeg({ quality: 92, mozjpeg: false, ...options })
    .toBuffer();

test.each(drafts)('$file at 1/$scale has the bytes of Pillow’s draft', ({ file, scale, size, sha256_rgb }) => {
  const image = decodeJpegInSimd(jpeg(file), scale);
  expect([image?.width, image?.height]).toEqual(size);
  expect(
    createHash('sha256')
      .update(image?.data as Uint8Array)
      .digest('hex'),
  ).toBe(sha256_rgb);
});

describe('{ atLeast }', () => {
  test('is how small a JPEG may become: the least of 1/2, 1/4 and 1/8 that is not smaller', async () => {
    const bytes = await photo();
    const sizes = [];
    for (const atLeast of [1, 53, 54, 106, 107, 212, 213]) sizes.push(sizeOf(await decodeImage(bytes, { atLeast })));
    expect(sizes).toEqual(['80x53', '80x53', '160x106', '160x106', '320x212', '320x212', '640x424']);
    expect(sizeOf(await decodeImage(bytes, { atLeast: { width: 161, height: 10 } }))).toBe('320x212');
  });

  test('leaves whole what has no half pixel to spare, is not baseline, no JPEG, or is turned', async () => {
    expect(sizeOf(await decodeImage(jpeg('rocket.jpg'), { atLeast: 10 }))).toBe('640x427');
    expect(sizeOf(await decodeImage(await photo({ progressive: true }), { atLeast: 10 }))).toBe('640x424');
    expect(
      sizeOf(
        await decodeImage(
          await sharp(await photo())
            .png()
            .toBuffer(),
          { atLeast: 10 },
        ),
      ),
    ).toBe('640x424');
    expect(sizeOf(await decodeImage(await photo(), { atLeast: 10, orient: true }))).toBe('640x424');
  });

  test('takes 4:2:2 to 1/4 at most', async () => {
    const bytes = await sharp(jpeg('422.jpg')).resize(64, 64).jpeg({ chromaSubsampling: '4:2:0' }).toBuffer();
    expect(sizeOf(await decodeImage(bytes, { atLeast: 8 }))).toBe('8x8');
    expect(decodeJpegInSimd(jpeg('422.jpg'), 8)).toBeUndefined();
    expect(decodeJpegInSimd(jpeg('422.jpg'), 4)).toMatchObject({ width: 10, height: 8 });
  });

  test.each([1.5, 0, -2])('of %d is refused', async (atLeast) => {
    await expect(decodeImage(jpeg('420.jpg'), { atLeast })).rejects.toThrow(ImageError);
  });

  // Over 130 photos of hymenoptera that can be divided by 2: at most 16, 6 and 4 levels, 10.8 %, 2.2 % and 0.5 % above one.
  test.each([
    [2, 16, 0.11],
    [3, 6, 0.03],
    [4, 4, 0.01],
  ])('that leaves %d times what is resized to is at most %d levels off, and seldom more than one', async (left, most, share) => {
    const bytes = await photo();
    for (const reduction of [2, 4]) {
      const target = { width: Math.floor(640 / reduction / left), height: Math.floor(424 / reduction / left) };
      const reduced = await decodeImage(bytes, { atLeast: { width: 640 / reduction, height: 424 / reduction } });
      expect(reduced.width).toBe(640 / reduction);
      const [whole, quick] = [await decodeImage(bytes), reduced].map((image) => resize(image, target).data);
      const off = Array.from(whole as Uint8Array, (value, i) => Math.abs(value - (quick?.[i] as number)));
      expect(Math.max(...off)).toBeLessThanOrEqual(most);
      expect(off.filter((levels) => levels > 1).length / off.length).toBeLessThan(share);
    }
  });
});
