import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrayDataset } from './array-dataset.ts';
import { fromFiles } from './from-files.ts';
import { imageFolder } from './image-folder.ts';
import { sampleSizes } from './sample-sizes.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sizes-'));
});
afterAll(() => rm(root, { recursive: true }));

const picture = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: 'red' } });

test('sizes are read from the files’ first bytes, or further where they do not tell', async () => {
  await mkdir(join(root, 'a'));
  const png = await picture(30, 20).png().toBuffer();
  await writeFile(join(root, 'a', '1.png'), png);
  await truncate(join(root, 'a', '1.png'), 40); // no pixel is left
  // 100 KiB of comments before the size
  const jpeg = await picture(50, 40).jpeg().toBuffer();
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0xc8, 0x02]), Buffer.alloc(0xc800)]);
  await writeFile(join(root, 'a', '2.jpg'), Buffer.concat([jpeg.subarray(0, 2), comment, comment, jpeg.subarray(2)]));
  await writeFile(join(root, 'a', '3.tiff'), await picture(70, 60).tiff().toBuffer());
  await writeFile(join(root, 'a', '4.png'), 'no image');
  const set = await imageFolder(root);
  expect(await sampleSizes(set)).toEqual([
    { width: 30, height: 20 },
    { width: 50, height: 40 },
    { width: 70, height: 60 },
  ]);
  const files = fromFiles([Object.assign(new Blob([new Uint8Array(png)]), { name: '1.png', webkitRelativePath: 'a/b/1.png' })]);
  expect(await sampleSizes(files)).toEqual([{ width: 30, height: 20 }]);
});

test('a sample is spread over the whole dataset', async () => {
  const images = Array.from({ length: 100 }, (_, i) => ({ width: i + 1, height: 1, data: new Uint8Array(3 * (i + 1)) }));
  const sizes = await sampleSizes(arrayDataset(images, new Array(100).fill(0)), 4);
  expect(sizes.map(({ width }) => width)).toEqual([13, 38, 63, 88]);
  expect(await sampleSizes(arrayDataset([], []))).toEqual([]);
});
