import { readdirSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { decodeJpegInSimd } from './jpeg-simd.ts';

const files = new URL('../../golden/files/', import.meta.url);
const photo = sharp(readFileSync(new URL('../../../testing/photos/chelsea.png', import.meta.url)));

/** What libjpeg-turbo makes of it. */
const reference = (bytes: Uint8Array) => sharp(bytes, { ignoreIcc: true }).toColourspace('srgb').raw().toBuffer();

test.each(['4:4:4', '4:2:0'])('photos of every size at %s have libjpeg-turbo’s bytes', async (chromaSubsampling) => {
  const random = createRandom(1);
  for (let i = 0; i < 60; i++) {
    const [width, height] = [5 + random.int(60), 1 + random.int(60)];
    const part = photo.clone().extract({ left: random.int(300), top: random.int(200), width, height });
    const quality = 1 + random.int(100);
    const bytes = await part.jpeg({ quality, chromaSubsampling, mozjpeg: false, optimiseCoding: i % 2 === 0 }).toBuffer();
    const image = decodeJpegInSimd(bytes);
    expect([image?.width, image?.height]).toEqual([width, height]);
    expect(Buffer.compare(image?.data as Uint8Array, await reference(bytes)), `${width}x${height} at quality ${quality}`).toBe(0);
  }
});

test('noise at the best quality, whose codes are long, has libjpeg-turbo’s bytes', async () => {
  const random = createRandom(2);
  const noise = Buffer.from(Uint8Array.from({ length: 64 * 64 * 3 }, () => random.int(2) * 255));
  const bytes = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer();
  expect(Buffer.compare(decodeJpegInSimd(bytes)?.data as Uint8Array, await reference(bytes))).toBe(0);
});

test('restart markers, 4:2:2 and greyscale are understood; the rest is left to the platform', () => {
  const decoded = readdirSync(files)
    .filter((name) => name.endsWith('.jpg') && !name.startsWith('orientation'))
    .map((name) => [name, decodeJpegInSimd(readFileSync(new URL(name, files))) !== undefined]);
  expect(Object.fromEntries(decoded)).toEqual({
    '420.jpg': true,
    '422.jpg': true,
    'cmyk.jpg': false,
    'grey.jpg': true,
    'progressive.jpg': false,
    'restarts.jpg': true,
    'rgb.jpg': true,
  });
});

describe('damage is left to the platform', () => {
  const bytes = readFileSync(new URL('420.jpg', files));

  test('at every length the file may be cut to', () => {
    for (let length = 0; length < bytes.length; length++)
      for (const reduction of [1, 4]) expect(decodeJpegInSimd(bytes.subarray(0, length), reduction)).toBeUndefined();
  });

  test('or, where a changed byte still decodes, it has the size that the file says', () => {
    const random = createRandom(3);
    for (let i = 0; i < 3000; i++) {
      const changed = Uint8Array.from(bytes);
      changed[2 + random.int(bytes.length - 2)] = random.int(256);
      const image = decodeJpegInSimd(changed, 2 ** (i % 4));
      if (image) expect(image.data.length).toBe(image.width * image.height * 3);
    }
  });
});
