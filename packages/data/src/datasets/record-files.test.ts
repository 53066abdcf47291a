import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cifar10, cifar100 } from './cifar.ts';
import { csvImages } from './csv-images.ts';
import { fromFiles } from './from-files.ts';
import { gunzip } from './gunzip.ts';
import { mnist } from './mnist.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'records-'));
});
afterEach(() => rm(root, { recursive: true }));

/** A CIFAR record whose red plane counts up, green is 7, blue is 9. */
const record = (...labels: number[]) =>
  Buffer.concat([
    Buffer.from(labels),
    Buffer.from(Array.from({ length: 1024 }, (_, i) => i % 256)),
    Buffer.alloc(1024, 7),
    Buffer.alloc(1024, 9),
  ]);

describe('CIFAR, binary version', () => {
  test('planes become pixels', async () => {
    await mkdir(join(root, 'cifar-10-batches-bin'));
    await writeFile(join(root, 'cifar-10-batches-bin', 'test_batch.bin'), Buffer.concat([record(3), record(8)]));
    const set = await cifar10(root, 'test');
    const { image, label } = await set.get(1);
    expect([set.length, set.classes?.[label], image.width, image.height]).toEqual([2, 'ship', 32, 32]);
    expect([...image.data.slice(0, 6)]).toEqual([0, 7, 9, 1, 7, 9]);
  });

  test('CIFAR-100 has fine and coarse labels', async () => {
    await writeFile(join(root, 'test.bin'), record(1, 2));
    await writeFile(join(root, 'fine_label_names.txt'), 'apple\naquarium_fish\nbaby\n');
    await writeFile(join(root, 'coarse_label_names.txt'), 'aquatic_mammals\nfish\n');
    const fine = await cifar100(root, 'test');
    const coarse = await cifar100(root, 'test', { labels: 'coarse' });
    expect([fine.classes?.[fine.label(0)], coarse.classes?.[coarse.label(0)]]).toEqual(['baby', 'fish']);
  });

  test('missing, cut and mislabelled files are refused', async () => {
    await expect(cifar10(root, 'train')).rejects.toThrow(/missing data_batch_1.bin, data_batch_2.bin, .*data_batch_5.bin/);
    await writeFile(join(root, 'test_batch.bin'), record(3).subarray(1));
    await expect(cifar10(root, 'test')).rejects.toThrow(/test_batch.bin: expected records of 3073 bytes, but the file has 3072/);
    await writeFile(join(root, 'test_batch.bin'), record(10));
    await expect(cifar10(root, 'test')).rejects.toThrow(/record 0 has label 10, but there are 10 classes/);
  });
});

describe('MNIST', () => {
  const images = Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 20, 30, 40]);
  const labels = Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 5, 9]);

  test('IDX files are read, gzipped or not, and grey is repeated', async () => {
    await writeFile(join(root, 't10k-images-idx3-ubyte.gz'), gzipSync(images));
    await writeFile(join(root, 't10k-labels-idx1-ubyte'), labels);
    const set = await mnist(root, 'test');
    const { image, label } = await set.get(1);
    expect([image.width, image.height, label, ...image.data]).toEqual([2, 1, 9, 30, 30, 30, 40, 40, 40]);
  });

  test('lying, cut and missing files are refused', async () => {
    const write = (data: Uint8Array, name = 't10k-images-idx3-ubyte') => writeFile(join(root, name), data);
    await expect(mnist(root, 'test')).rejects.toThrow(/missing t10k-images-idx3-ubyte/);
    await write(labels, 't10k-labels-idx1-ubyte');
    await write(images.subarray(0, 18));
    await expect(mnist(root, 'test')).rejects.toThrow(/2x1x2 has 4 bytes, but the file has 2/);
    await write(Buffer.from([0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255]));
    await expect(mnist(root, 'test')).rejects.toThrow(/the file has 0/);
    await write(Buffer.from('nonsense'));
    await expect(mnist(root, 'test')).rejects.toThrow(/not an IDX file/);
  });

  test('a gzip bomb and a cut gzip are refused', async () => {
    const bomb = gzipSync(Buffer.alloc(1 << 20));
    await expect(gunzip(bomb, { name: 'x.gz', maxBytes: 1000 })).rejects.toThrow(/x.gz: unpacks to more than the 1000 bytes/);
    await expect(gunzip(bomb.subarray(0, 500), { name: 'x.gz', maxBytes: 1 << 21 })).rejects.toThrow(/broken or truncated/);
  });
});

describe('csvImages', () => {
  test('rows name images and labels, quoted or not', async () => {
    await writeFile(join(root, 'list.csv'), '\uFEFFid,file,kind\r\n1,"a, b.png",dog\r\n2,/abs/c.png,"the ""cat"""\r\n\r\n');
    const set = await csvImages(join(root, 'list.csv'), { pathColumn: 'file', labelColumn: 'kind' });
    expect([set.length, set.classes]).toEqual([2, ['dog', 'the "cat"']]);
    expect([set.source(0), set.source(1)]).toEqual([
      { path: join(root, 'a, b.png'), label: 0 },
      { path: '/abs/c.png', label: 1 },
    ]);
  });

  test('a missing column and rows that lack something are named', async () => {
    await writeFile(join(root, 'list.csv'), 'file,kind\na.png,dog\n,dog\nb.png,wolf\n');
    await expect(csvImages(join(root, 'list.csv'), { labelColumn: 'label' })).rejects.toThrow(
      /no column label. The header line has: file, kind/,
    );
    await expect(csvImages(join(root, 'list.csv'), { classes: ['dog'] })).rejects.toThrow(/row 3 \(,dog\); row 4 \(b.png,wolf\)/);
  });
});

test('fromFiles takes the class from the folder below the chosen one', () => {
  const file = (webkitRelativePath: string) =>
    Object.assign(new Blob(['x']), { name: webkitRelativePath.split('/').at(-1) as string, webkitRelativePath });
  const set = fromFiles([file('pets/dog/1.png'), file('pets/cat/sub/2.JPG'), file('pets/.git/3.png'), file('pets/cat/notes.txt')]);
  expect(set.classes).toEqual(['cat', 'dog']);
  expect([set.length, set.source(0).path, set.label(1)]).toEqual([2, 'pets/cat/sub/2.JPG', 1]);
  expect(() => fromFiles([file('loose.png')])).toThrow(/none of 1 files is an image in a class folder/);
});
