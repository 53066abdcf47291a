import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium, noChromium } from '@resnetjs/testing/chromium';
import { serveFolders } from '@resnetjs/testing/static-server';
import { build } from 'vite';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeImage, imagenet, preprocess } from './index.ts';

const folder = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const reason = noChromium || (!existsSync(folder('../dist/index.js')) && 'dist/ is missing; run the build first');

interface Results {
  decoded: Record<string, string>;
  kinds: Record<string, string>;
  photo: string;
  preprocessed: string;
  alone: string[];
  workers: string[];
  refused: string;
}
interface GoldenFile {
  file: string;
  sha256_rgb: string;
  upright_sha256_rgb?: string;
}

const golden = (JSON.parse(readFileSync(folder('../golden/files.json'), 'utf8')) as { files: GoldenFile[] }).files;
const names = golden.map(({ file }) => file);
// All that is decoded by this package: not JPEGs of rare kinds, nor the fax codes, which only sharp has.
const kinds = (JSON.parse(readFileSync(folder('../golden/kinds.json'), 'utf8')) as { files: (GoldenFile & { refused?: string })[] }).files
  .filter(({ refused }) => !refused)
  .filter(({ file }) => !file.startsWith('jpeg') && !/fax|-jpeg-(cmyk|rgb)/.test(file));

describe.skipIf(reason)(`in Chromium, on a page that Vite built${reason ? ` (${reason})` : ''}`, () => {
  let results: Results;

  beforeAll(async () => {
    const out = await mkdtemp(join(tmpdir(), 'resnetjs-data-'));
    // The built package: its imports map must lead Vite to the browser's parts, in the page and in its workers.
    await build({ root: folder('../fixtures/page'), base: './', logLevel: 'error', build: { outDir: out, target: 'esnext' } });
    const mixed = ['420.jpg', 'rgb.png', 'grey.jpg', 'progressive.jpg', 'rgb.bmp', 'lossless.webp', 'palette.png'];
    await writeFile(join(out, 'names.json'), JSON.stringify({ names, kinds: kinds.map(({ file }) => file), mixed }));
    const server = await serveFolders({ '/golden/': folder('../golden'), '/photos/': folder('../../testing/photos'), '/': out });
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const noise: string[] = [];
      page.on('pageerror', (error) => noise.push(String(error)));
      page.on('console', (message) => message.type() === 'error' && !message.text().includes('favicon') && noise.push(message.text()));
      await page.goto(`${server.origin}/index.html`);
      await page
        .waitForFunction(() => document.title === 'done', undefined, { timeout: 60_000 })
        .catch((error) => {
          throw new Error(`${noise.join('\n')}\n${error}`);
        });
      results = await page.evaluate(() => (window as unknown as { results: Results }).results);
    } finally {
      await browser.close();
      await server.close();
      await rm(out, { recursive: true, force: true });
    }
  });

  // Chromium converts CMYK by a profile, filters chroma and rounds 16 bits in its own way, and a canvas multiplies colours
  // by their alpha: close, but not byte for byte.
  const own = [
    'cmyk.jpg',
    'lossy.webp',
    'progressive.jpg',
    'grey16.png',
    'rgb16.png',
    'rgba16.png',
    'rgba.png',
    'grey-alpha.png',
    'palette-transparent.png',
    'alpha.webp',
  ];

  test.each(golden.filter(({ file }) => names.includes(file) && !own.includes(file)))(
    '$file has Pillow’s bytes',
    ({ file, ...expected }) => {
      expect(results.decoded[file]).toBe(expected.sha256_rgb);
      if (expected.upright_sha256_rgb) expect(results.decoded[`upright ${file}`]).toBe(expected.upright_sha256_rgb);
    },
  );

  test(`${kinds.length} kinds of GIF, TIFF, BMP and PNM have Pillow’s bytes`, () => {
    expect(results.kinds).toEqual(Object.fromEntries(kinds.map(({ file, sha256_rgb }) => [file, sha256_rgb])));
  });

  test('a photo, and what a network sees of it, is the same as in Node', async () => {
    const photo = await decodeImage(readFileSync(folder('../../testing/photos/rocket.jpg')));
    const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
    expect(results.photo).toBe(sha256(new Uint8Array(photo.data)));
    expect(results.preprocessed).toBe(sha256(new Uint8Array(preprocess(photo, imagenet).data.buffer)));
  });

  test('workers prepare the same batches', () => {
    expect(results.alone).toHaveLength(3);
    expect(results.workers).toEqual(results.alone);
  });

  test('what is no image is refused by name', () => {
    expect(results.refused).toMatch(/^ImageError: a\.png: not an image/);
  });
});
