import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { heldBytes, largestAllocation } from '@resnetjs/testing/javascript-memory';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cifarRecords } from './datasets/cifar-records.ts';
import { DatasetError } from './datasets/dataset-error.ts';
import { gunzip } from './datasets/gunzip.ts';
import { idxImages } from './datasets/mnist.ts';
import { decodeImage } from './decode-image.ts';
import { extractTarGz } from './downloads/extract-tar.ts';
import { ImageError } from './image-error.ts';
import { createRandom, type Random } from './random.ts';

// 15,000 damaged inputs in all: each gives an image, or an error of ours, within the limits.
const MAX_PIXELS = 1_000_000;
const originalsOf = (ending: string) =>
  ['../golden/files/', '../golden/kinds/'].flatMap((folder) => {
    const files = new URL(folder, import.meta.url);
    return readdirSync(files)
      .filter((name) => name.endsWith(ending))
      .map((name) => readFileSync(new URL(name, files)));
  });

/** A copy with a few bytes changed, cut, repeated or swapped for telling ones. */
function damage(bytes: Uint8Array, random: Random): Uint8Array {
  const out = Uint8Array.from(bytes);
  for (let edits = 1 + random.int(4); edits > 0; edits--) {
    const at = random.int(out.length);
    switch (random.int(5)) {
      case 0:
        out[at] = random.int(256);
        break;
      case 1:
        out[at] = [0, 1, 0x7f, 0x80, 0xff][random.int(5)] as number;
        break;
      case 2:
        out[at] = (out[at] as number) ^ (1 << random.int(8));
        break;
      case 3:
        out.copyWithin(at, random.int(out.length), random.int(out.length));
        break;
      default:
        // Headers are where lies are told.
        out[random.int(Math.min(64, out.length))] = random.int(256);
    }
  }
  return random.next() < 0.2 ? out.subarray(0, random.int(out.length)) : out;
}

/** Runs `parse`; what it throws must be one of our errors. */
async function survives(parse: () => unknown, describe: () => string): Promise<'fine' | 'refused'> {
  try {
    await parse();
    return 'fine';
  } catch (error) {
    if (error instanceof ImageError || error instanceof DatasetError) return 'refused';
    throw new Error(`${describe()} threw ${error}`, { cause: error });
  }
}

describe.each(['.png', '.jpg', '.webp', '.gif', '.bmp', '.pnm', '.tif'])('images: %s', (ending) => {
  const originals = originalsOf(ending);
  const rounds = { '.png': 2000, '.jpg': 2500, '.gif': 1500, '.bmp': 1500, '.pnm': 1500, '.tif': 2500 }[ending] ?? 1000;

  test(`${rounds} damaged files give an image of the size they say, or an ImageError`, async () => {
    const random = createRandom(rounds);
    const seen = { fine: 0, refused: 0 };
    const before = heldBytes();
    const largest = await largestAllocation(async () => {
      for (let i = 0; i < rounds; i++) {
        const bytes = damage(originals[i % originals.length] as Uint8Array, random);
        const result = await survives(
          async () => {
            const image = await decodeImage(bytes, { maxPixels: MAX_PIXELS, blocking: i % 2 === 0 });
            expect(image.width * image.height).toBeLessThanOrEqual(MAX_PIXELS);
            expect(image.data.length).toBe(image.width * image.height * 3);
          },
          () => `${ending} ${i}: ${Buffer.from(bytes).toString('base64')}`,
        );
        seen[result]++;
      }
    });
    expect(seen.fine).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
    // Four samples of 16 bits a pixel; and of all images together, less than twice the bytes of one.
    expect(largest).toBeLessThanOrEqual(8 * MAX_PIXELS);
    expect(heldBytes() - before).toBeLessThan(6 * MAX_PIXELS);
  });
});

describe('records and archives', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fuzz-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const classes = [...'0123456789'];
  const images = {
    path: 'images',
    bytes: Buffer.concat([Buffer.from([0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 4, 0, 0, 0, 4]), Buffer.alloc(144, 7)]),
  };
  const labels = { path: 'labels', bytes: Buffer.concat([Buffer.from([0, 0, 8, 1, 0, 0, 0, 9]), Buffer.alloc(9, 3)]) };

  test('1,000 damaged IDX pairs', async () => {
    const random = createRandom(1);
    for (let i = 0; i < 1000; i++) {
      const pair = [images, labels].map((file) => (random.next() < 0.5 ? { ...file, bytes: damage(file.bytes, random) } : file));
      await survives(
        async () => {
          const set = idxImages(pair[0] as typeof images, pair[1] as typeof labels, classes);
          for (let n = 0; n < Math.min(set.length, 3); n++) await set.get(n);
        },
        () => `IDX ${i}`,
      );
    }
  });

  test('1,000 damaged CIFAR files', async () => {
    const random = createRandom(2);
    const record = Buffer.alloc(2 * 3073, 5);
    for (let i = 0; i < 1000; i++) {
      const bytes = damage(record, random);
      await survives(
        async () => cifarRecords([{ name: 'a', bytes }], { labelBytes: 1, labelAt: 0, classes }).get(0),
        () => `CIFAR ${i}`,
      );
    }
  });

  test('500 damaged gzips, and 500 damaged archives that never leave their folder', async () => {
    const random = createRandom(3);
    const tar = Buffer.alloc(2048);
    tar.write('set/a.bin', 0);
    tar.write('00000000005\0', 124);
    tar.write('0', 156);
    tar.write('ustar\0', 257);
    tar.write('hello', 512);
    for (let i = 0; i < 500; i++) {
      const plain = damage(tar, random).slice();
      // The sum is made right again, so that the damage is looked at.
      const header = Buffer.from(plain.subarray(0, 512));
      if (header.length === 512) {
        header.fill(' ', 148, 156);
        const sum = header.reduce((total, byte) => total + byte, 0);
        header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
        plain.set(header);
      }
      const archive = join(folder, 'a.tar.gz');
      await writeFile(archive, gzipSync(plain));
      await survives(
        () => extractTarGz(archive, join(folder, 'out'), { maxBytes: 10_000 }),
        () => `tar ${i}`,
      );
      const packed = damage(gzipSync(tar), random);
      await survives(
        () => gunzip(packed, { name: 'a.gz', maxBytes: 10_000 }),
        () => `gzip ${i}: ${Buffer.from(packed).toString('base64')}`,
      );
    }
    expect(readdirSync(folder).sort()).toEqual(['a.tar.gz', 'out']);
    expect(existsSync(join(folder, '..', 'a.bin'))).toBe(false);
  });
});
