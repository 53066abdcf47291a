import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from './decode-image.ts';
import { ImageError } from './image-error.ts';
import type { RgbImage } from './rgb-image.ts';

interface GoldenFile {
  file: string;
  mode: string;
  size: [number, number];
  sha256_rgb: string;
  upright_size?: [number, number];
  upright_sha256_rgb?: string;
  high_byte_sha256_rgb?: string;
}

const read = (path: string) => new Uint8Array(readFileSync(new URL(path, import.meta.url)));
const sha256 = (image: RgbImage) => createHash('sha256').update(image.data).digest('hex');
const files = (JSON.parse(new TextDecoder().decode(read('../golden/files.json'))) as { files: GoldenFile[] }).files;
const rocket = read('../../testing/photos/rocket.jpg');
const chelsea = read('../../testing/photos/chelsea.png');

describe('a file has the bytes of Pillow’s convert("RGB")', () => {
  test.each(files)('$file ($mode)', async ({ file, size, ...golden }) => {
    const image = await decodeImage(read(`../golden/files/${file}`), { name: file });
    expect([image.width, image.height]).toEqual(size);
    // Pillow clips 16-bit grey to white; the high byte is the picture.
    expect(sha256(image)).toBe(golden.high_byte_sha256_rgb ?? golden.sha256_rgb);
  });

  test.each(files.filter((golden) => golden.upright_size))('$file turned upright by { orient: true }', async (golden) => {
    const image = await decodeImage(read(`../golden/files/${golden.file}`), { orient: true });
    expect([image.width, image.height]).toEqual(golden.upright_size);
    expect(sha256(image)).toBe(golden.upright_sha256_rgb);
  });
});

describe('what Pillow 9.4 does not open', () => {
  // Lossy in both directions: 4:4:4 at the best quality is a level or two off.
  test('an AVIF has the picture that was written, without its alpha', async () => {
    const picture = sharp(chelsea).resize(96, 64).removeAlpha();
    const original = await picture.clone().raw().toBuffer();
    for (const source of [picture, picture.clone().ensureAlpha(0.5)]) {
      const bytes = await source.clone().avif({ quality: 100, chromaSubsampling: '4:4:4', effort: 0 }).toBuffer();
      const image = await decodeImage(new Uint8Array(bytes));
      expect([image.width, image.height]).toEqual([96, 64]);
      const off = original.map((value, i) => Math.abs(value - (image.data[i] as number)));
      expect(off.reduce((sum, levels) => sum + levels, 0) / off.length).toBeLessThan(1);
    }
  });

  test('an AVIF beyond maxPixels is refused, whose size only the decoder can tell', async () => {
    const bytes = await sharp(chelsea).resize(96, 64).avif({ effort: 0 }).toBuffer();
    await expect(decodeImage(bytes, { maxPixels: 1000 })).rejects.toThrow(ImageError);
  });
});

test('a Blob and an ArrayBuffer decode as their bytes do', async () => {
  const image = await decodeImage(chelsea);
  expect(sha256(await decodeImage(new Blob([chelsea])))).toBe(sha256(image));
  expect(sha256(await decodeImage(chelsea.slice().buffer))).toBe(sha256(image));
});

describe('bad files are refused with an ImageError that names them', () => {
  const refuses = async (bytes: Uint8Array, message: RegExp, options = {}) => {
    const failure = await decodeImage(bytes, { name: 'photo.jpg', ...options }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ImageError);
    expect((failure as Error).message).toMatch(/^photo\.jpg: /);
    expect((failure as Error).message).toMatch(message);
  };

  test('an empty file', () => refuses(new Uint8Array(), /empty/));
  test('text', () => refuses(new TextEncoder().encode('<svg onload="x">'), /not an image \(16 bytes, starting 3c 73 76 67/));
  test('one byte', () => refuses(new Uint8Array([0xff]), /not an image/));
  test('a truncated JPEG', () => refuses(rocket.subarray(0, rocket.length / 2), /jpeg is broken, truncated/));
  test('a truncated PNG', () => refuses(chelsea.subarray(0, chelsea.length / 2), /png is broken, truncated/));
  test('only the first bytes of each format', async () => {
    for (const { file } of files) {
      for (const length of [30, 60]) {
        await refuses(read(`../golden/files/${file}`).subarray(0, length), /broken, truncated/);
      }
    }
  });
  test('a file beyond maxFileBytes', () => refuses(rocket, /more than the 1000 allowed. Raise maxFileBytes/, { maxFileBytes: 1000 }));
  test('an image beyond maxPixels', () => refuses(rocket, /640x427, more than the 1000 pixels/, { maxPixels: 1000 }));
  test('a bomb: a small PNG that claims 60,000 x 60,000 pixels', async () => {
    const before = process.memoryUsage().rss;
    await refuses(pngClaiming(60_000, 60_000), /60000x60000, more than the 89478485 pixels/);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });
});

/** A well-formed PNG header whose pixels would take gigabytes. The CRCs are wrong: nothing may get as far as them. */
function pngClaiming(width: number, height: number): Uint8Array {
  const data = deflateSync(new Uint8Array(1 << 20));
  const png = Buffer.alloc(33 + 12 + data.length);
  png.write('\x89PNG\r\n\x1a\n', 'latin1');
  png.writeUInt32BE(13, 8);
  png.write('IHDR', 12);
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  png.set([8, 2, 0, 0, 0], 24);
  png.writeUInt32BE(data.length, 33);
  png.write('IDAT', 37);
  png.set(data, 41);
  return png;
}
