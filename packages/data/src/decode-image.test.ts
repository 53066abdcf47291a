import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { largestAllocation } from '@resnetjs/testing/javascript-memory';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { decodeImage } from './decode-image.ts';
import { ImageError } from './image-error.ts';
import { createRandom } from './random.ts';
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

interface Kind {
  file: string;
  mode: string;
  size: [number, number];
  sha256_rgb: string;
  refused?: string;
}

interface Reported {
  size: [number, number];
  sha: string;
}

const read = (path: string) => new Uint8Array(readFileSync(new URL(path, import.meta.url)));
const sha256 = (image: RgbImage) => createHash('sha256').update(image.data).digest('hex');
const files = (JSON.parse(new TextDecoder().decode(read('../golden/files.json'))) as { files: GoldenFile[] }).files;
const rocket = read('../../testing/photos/rocket.jpg');
/** Bytes that decoders take for their tables, and their first pages of WebAssembly. */
const LITTLE = 2 * 2 ** 20;
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

describe('every kind of GIF, TIFF, BMP, PNM and JPEG', () => {
  const kinds = JSON.parse(new TextDecoder().decode(read('../golden/kinds.json'))) as { files: Kind[] };
  const isRefused = (kind: Kind) => kind.refused !== undefined;

  test.each(kinds.files.filter((kind) => !isRefused(kind)))('$file ($mode) has Pillow’s bytes', async ({ file, size, sha256_rgb }) => {
    const image = await decodeImage(read(`../golden/kinds/${file}`), { name: file });
    expect([image.width, image.height]).toEqual(size);
    expect(sha256(image)).toBe(sha256_rgb);
  });

  test.each(kinds.files.filter(isRefused))('$file is refused, as Pillow does', async ({ file }) => {
    await expect(decodeImage(read(`../golden/kinds/${file}`))).rejects.toThrow(ImageError);
  });

  const reported = JSON.parse(new TextDecoder().decode(read('../golden/reported/expected.json'))) as Record<string, Reported>;
  test.each(Object.entries(reported))('%s, as it was reported, has Pillow’s bytes', async (file, { size, sha }) => {
    const image = await decodeImage(read(`../golden/reported/${file}`));
    expect([image.width, image.height]).toEqual(size);
    expect(sha256(image)).toBe(sha);
  });

  // The last value of P2 and P3 may lose its last digits and stay a value.
  const ours = kinds.files.filter(
    ({ file, refused }) => !refused && !file.startsWith('jpeg') && !/-p[23]/.test(file) && !/fax|-jpeg-/.test(file),
  );
  test(`${ours.length} of them, cut off anywhere, are refused or whole`, async () => {
    const random = createRandom(1);
    for (const { file, sha256_rgb } of ours) {
      const bytes = read(`../golden/kinds/${file}`);
      for (let i = 0; i < 6; i++) {
        const length = random.int(bytes.length);
        const image = await decodeImage(bytes.subarray(0, length)).catch((error: unknown) => error);
        if (!(image instanceof ImageError)) expect(sha256(image as RgbImage), `${file} cut to ${length}`).toBe(sha256_rgb);
      }
    }
  });
});

describe('grey of more than 8 bits, which Pillow clips to white, is read as the same values in colour are', () => {
  const values = [0, 1, 130, 255, 256, 999, 1000];
  const words = (list: number[]) => list.flatMap((value) => [value >> 8, value & 255]);
  const text = (line: string, body: number[] = []) => Uint8Array.from([...[...line].map((c) => c.charCodeAt(0)), ...body]);

  test('in a PGM', async () => {
    const colour = await decodeImage(text('P6 7 1 1000\n', words(values.flatMap((value) => [value, value, value]))));
    expect(colour.data.filter((_, i) => i % 3 === 0)).toEqual(Uint8Array.of(0, 0, 33, 65, 65, 255, 255));
    expect(await decodeImage(text('P5 7 1 1000\n', words(values)))).toEqual(colour);
    expect(await decodeImage(text(`P2 7 1 1000\n${values.join(' ')}`))).toEqual(colour);
  });

  test.each(['lzw', 'deflate', 'none'] as const)('in a TIFF (%s): the high byte', async (compression) => {
    const pixels = Uint16Array.from({ length: 60 }, (_, i) => i * 1091);
    const raw = { width: 10, height: 6, channels: 1 } as const;
    const bytes = await sharp(pixels, { raw }).toColourspace('grey16').tiff({ compression }).toBuffer();
    const image = await decodeImage(bytes);
    expect(image.data.filter((_, i) => i % 3 === 0)).toEqual(Uint8Array.from(pixels, (value) => value >> 8));
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
  test('text', () => refuses(new TextEncoder().encode('Once upon a time'), /not an image \(16 bytes, starting 4f 6e 63 65/));
  test('one byte', () => refuses(new Uint8Array([0xff]), /not an image/));
  test('a truncated JPEG', () => refuses(rocket.subarray(0, rocket.length / 2), /jpeg is broken, truncated/));
  test('a JPEG cut off in its headers, each reason said once', () =>
    refuses(rocket.subarray(0, 300), /the decoder says: (?!.*Vips)(?!.*(premature end).*\1)premature end of JPEG image.*\)/));
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
    const refusal = () => refuses(pngClaiming(60_000, 60_000), /60000x60000, more than the 89478485 pixels/);
    expect(await largestAllocation(refusal)).toBeLessThan(LITTLE);
  });
});

describe('a file of a format that is not decoded is named, with what to do', () => {
  test.each([
    ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', /this is an HEIC.*sips -s format jpeg/],
    ['\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf', /this is an HEIC/],
    ['\0\0\0\x18ftypheix\0\0\0\0mif1heix', /this is an HEIC/],
    ['\0\0\x02\0\0\0\0\0\0\0\0\0\x10\0\x10\0\x18\0', /this is a Targa \(TGA\)/],
    ['\0\0\x02\0\x01\0\x20\x20\0\0\0\0\0\0', /this is a cursor \(CUR\)/],
    ['\0\0\0\x18ftypmsf1\0\0\0\0msf1iso8', /this is an HEIF.*sips -s format jpeg/],
    ['\0\0\0\x0cJXL \r\n\x87\n', /a JPEG XL.*djxl/],
    ['\xff\x0a\xff\x07', /a JPEG XL.*djxl/],
    ['\0\0\0\x0cjP  \r\n\x87\n', /a JPEG 2000.*opj_decompress/],
    ['8BPS\0\x01', /a Photoshop document.*Save it as PNG/],
    ['<svg onload="x">', /an SVG.*rsvg-convert/],
    ['\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn --><svg xmlns="http://www.w3.org/2000/svg">', /an SVG/],
    ['<!DOCTYPE html><title>404</title>', /a web page \(HTML\).*get it again/],
    ['%PDF-1.7', /a PDF.*pdftoppm/],
    ['\0\0\x01\0\x01\0', /an icon \(ICO\)/],
    ['\0\0\0\x18ftypcrx \0\0\0\x01crx isom', /a raw file of a Canon camera.*Develop it/],
    ['FUJIFILMCCD-RAW 0201', /a raw file of a Fujifilm camera/],
    ['IIU\0\x18\0\0\0', /a raw file of a Panasonic camera/],
    ['\0\0\0\x14ftypisom\0\0\x02\0mp41', /a video \(MP4\).*ffmpeg/],
    ['\0\0\0\x14ftypqt  \0\0\0\0qt  ', /a video \(QuickTime\)/],
    ['\x1a\x45\xdf\xa3\x01', /a video \(Matroska or WebM\)/],
    ['RIFF\x10\0\0\0AVI LIST', /a video \(AVI\)/],
    ['version https://git-lfs.github.com/spec/v1\n', /a pointer of Git LFS.*git lfs pull/],
    ['PK\x03\x04', /a ZIP archive.*Unpack it/],
  ])('%j', async (start, message) => {
    const bytes = Uint8Array.from([...start], (c) => c.charCodeAt(0));
    await expect(decodeImage(bytes, { name: 'a.jpg' })).rejects.toThrow(message);
    await expect(decodeImage(bytes, { name: 'a.jpg' })).rejects.toThrow(ImageError);
  });

  const changed = (file: string, change: (bytes: DataView) => void) => {
    const bytes = read(`../golden/kinds/${file}`);
    change(new DataView(bytes.buffer));
    return bytes;
  };
  test.each([
    ['a BMP of PNG', changed('bmp-24.bmp', (view) => view.setUint32(30, 5, true)), /24 bits with compression 5 \(PNG\)/],
    ['a BMP of 4-4-4', changed('bmp-16-565.bmp', (view) => view.setUint32(54, 0xf00, true)), /masks f00 7e0 1f, neither 5-5-5 nor 5-6-5/],
    ['a BMP with a header of 16 bytes', changed('bmp-24.bmp', (view) => view.setUint32(14, 16, true)), /a header of 16 bytes/],
    ['a TIFF of Zstandard', tiffWith({ 259: 50000 }), /compression 50000 \(Zstandard\)/],
    ['a TIFF of old JPEG', tiffWith({ 259: 6 }), /compression 6 \(JPEG of the old kind\)/],
    ['a TIFF of JPEGs of four samples that are no ink', tiffWith({ 259: 7, 262: 2, 277: 4 }), /JPEGs with alpha beside the colours/],
    ['a TIFF of Lab', tiffWith({ 262: 8 }), /colour space 8 \(CIE Lab\)/],
    ['a TIFF of 64 bits', tiffWith({ 258: 64, 339: 3 }), /1 samples of 64 bits/],
    ['a TIFF of half floats', tiffWith({ 258: 16, 339: 3 }), /1 samples of 16 bits of format 3/],
    ['a DNG', tiffWith({ 50706: 1 }), /a camera’s raw file, whose first picture is a small preview/],
    ['a NEF', tiffWith({ 254: 1, 330: 8 }), /a camera’s raw file/],
  ])('%s', async (_, bytes, message) => {
    const failure = await decodeImage(bytes, { name: 'a.tif' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ImageError);
    expect((failure as Error).message).toMatch(/^a\.tif: this is .* which is not decoded here\. Save it as PNG\.$/);
    expect((failure as Error).message).toMatch(message);
  });
});

describe('a few bytes that claim 60,000 x 60,000 pixels take no memory', () => {
  const header = (text: string, ...words: number[]) => {
    const view = new DataView(new ArrayBuffer(text.length + words.length * 2 + 64));
    [...text].forEach((c, i) => {
      view.setUint8(i, c.charCodeAt(0));
    });
    words.forEach((word, i) => {
      view.setUint16(text.length + i * 2, word, true);
    });
    return new Uint8Array(view.buffer);
  };
  const side = 60_000;
  const file = (name: string) => read(`../golden/kinds/${name}`);
  const with32 = (name: string, at: number, value: number) => {
    const bytes = file(name);
    new DataView(bytes.buffer).setUint32(at, value, true);
    return bytes;
  };
  test.each([
    ['a GIF’s screen', header('GIF89a', side, side, 0, 0x2c00, 0, 0, 1, 1)],
    ['a GIF’s frame', header('GIF89a', 1, 1, 0, 0x2c00, 0, 0, side, side)],
    ['a BMP', with32('bmp-24.bmp', 18, 400_000_000)],
    ['an RLE BMP', with32('bmp-rle8.bmp', 22, 400_000_000)],
    ['a PGM', header(`P5 ${side} ${side} 255\n`)],
    ['a plain PBM', header(`P1 ${side} ${side}\n0 1`)],
    ['a TIFF', tiffWith({ 256: side, 257: side })],
    ['a TIFF’s tile', tiffWith({ 273: undefined, 322: side, 323: side, 324: 8, 257: side / 2, 259: 8 })],
  ])('%s', async (_, bytes) => {
    const largest = await largestAllocation(async () => {
      await expect(decodeImage(bytes)).rejects.toThrow(/more than the 89478485 pixels allowed/);
      // Within the limit, but without the data.
      await expect(decodeImage(bytes, { maxPixels: 1e12 })).rejects.toThrow(ImageError);
    });
    expect(largest).toBeLessThan(LITTLE);
  });
});

describe('without sharp', () => {
  beforeEach(() => {
    vi.resetModules();
    vi.doMock('sharp', () => {
      throw new Error('Could not load the "sharp" module using the linux-x64 runtime\nPossible solutions: …');
    });
  });
  afterEach(() => {
    vi.doUnmock('sharp');
    vi.resetModules();
  });

  test('a PNG is not called broken: the error says what to install', async () => {
    const fresh = await import('./index.ts');
    const failure = await fresh.decodeImage(chelsea).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(fresh.DecoderError);
    expect((failure as Error).message).toMatch(
      /sharp, with which Node decodes images, cannot be loaded on \w+-\w+ \(.*pictures may be fine.*npm install/,
    );
    expect((failure as Error).message).not.toMatch(/broken/);
  });

  test('JPEG, GIF, TIFF, BMP and PNM are decoded all the same', async () => {
    const { decodeImage } = await import('./decode-image.ts');
    for (const file of ['kinds/gif.gif', 'kinds/tiff-rgb-8.tif', 'kinds/bmp-4.bmp', 'kinds/pnm-p3.pnm', 'files/420.jpg'])
      expect((await decodeImage(read(`../golden/${file}`))).width).toBeGreaterThan(0);
    expect((await decodeImage(rocket)).width).toBe(640);
  });

  test('batches that leave broken pictures out do not leave all of them out', async () => {
    const fresh = await import('./index.ts');
    const file = { name: 'a.png', webkitRelativePath: 'set/cat/a.png' };
    const dataset = fresh.fromFiles([Object.assign(new Blob([chelsea]), file)]);
    const run = async () => {
      for await (const _ of fresh.batches(dataset, { batchSize: 1, onBroken: () => {} }));
    };
    await expect(run()).rejects.toThrow(fresh.DecoderError);
  });
});

/** A grey TIFF of one pixel whose tags are changed, added to and, with undefined, left out. */
function tiffWith(changes: Record<number, number | undefined>): Uint8Array {
  const all: Record<number, number | undefined> = { 256: 1, 257: 1, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: 1, ...changes };
  const tags = Object.entries(all).flatMap(([tag, value]) => (value === undefined ? [] : [[Number(tag), value] as const]));
  const view = new DataView(new ArrayBuffer(10 + tags.length * 12 + 4));
  view.setUint32(0, 0x002a4949, true);
  view.setUint32(4, 8, true);
  view.setUint16(8, tags.length, true);
  tags.forEach(([tag, value], i) => {
    view.setUint16(10 + i * 12, tag, true);
    view.setUint16(12 + i * 12, 4, true);
    view.setUint32(14 + i * 12, 1, true);
    view.setUint32(18 + i * 12, value, true);
  });
  return new Uint8Array(view.buffer);
}

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
