import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cifar10, cifar100 } from './cifar.ts';
import { type CsvOptions, csvImages } from './csv-images.ts';
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
    await writeFile(join(root, 'list.csv'), 'file,kind\na.png,dog\n,dog\n\n"b\n.png",wolf\nc.png,fox\n');
    await expect(csvImages(join(root, 'list.csv'), { labelColumn: 'label' })).rejects.toThrow(
      /no column label. The header line has: file, kind/,
    );
    await expect(csvImages(join(root, 'list.csv'), { classes: ['dog'] })).rejects.toThrow(
      /line 3 \(,dog\); line 5 \(b\n.png,wolf\); line 7 \(c.png,fox\)/,
    );
  });

  const open = async (content: string | Uint8Array, options: CsvOptions = {}) => {
    await writeFile(join(root, 'list.csv'), content);
    return csvImages(join(root, 'list.csv'), options);
  };
  const rowsOf = (labels: readonly string[]) => `path,label\n${labels.map((label, i) => `${i}.png,${label}\n`).join('')}`;

  test.each([
    ['by value where they are whole numbers', ['10', '2', '1', '0'], undefined, ['0', '1', '2', '10']],
    ['by value below zero, too', ['1', '-1', '0'], undefined, ['-1', '0', '1']],
    ['by value where pandas made floats of them', ['10.0', '2.0', '1.0'], undefined, ['1.0', '2.0', '10.0']],
    ['as text where one is none', ['10', '2', '1.5'], undefined, ['1.5', '10', '2']],
    ['as text where that is asked for', ['10', '2', '1'], 'text', ['1', '10', '2']],
    ['by value where that is asked for', ['10', '2', '1'], 'value', ['1', '2', '10']],
  ] as const)('labels are ordered %s', async (_, labels, order, classes) => {
    const set = await open(rowsOf(labels), order && { order });
    expect(set.classes).toEqual(classes);
    expect(labels.map((_, i) => set.classes?.[set.label(i)])).toEqual(labels);
    // said where it was not asked for
    const told = order === undefined && classes[0] !== '1.5';
    expect(set.notes).toEqual(
      told ? [expect.stringMatching(/list\.csv: the labels are whole numbers, and come in the order of their value: /)] : [],
    );
  });

  test('where numbers are not the places of the outputs, that is told', async () => {
    expect((await open(rowsOf(['1', '2', '10']))).notes[0]).toMatch(/The network's output 0 is 1, output 2 is 10\. \{ order: 'text' \}/);
    expect((await open(rowsOf(['0', '1', '2']))).notes[0]).not.toContain('output');
    await expect(open(rowsOf(['0', 'cat']), { order: 'value' })).rejects.toThrow(/cannot be ordered by value: cat are no whole numbers/);
  });

  test.each([
    ['UTF-8 with a mark', (text: string) => Buffer.from(`\uFEFF${text}`)],
    ['UTF-16, as Excel saves Unicode text', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['semicolons, as Excel has them in Europe', (text: string) => Buffer.from(text.replaceAll(',', ';'))],
    ['a line that names the separator', (text: string) => Buffer.from(`sep=;\r\n${text.replaceAll(',', ';')}`)],
    ['tabs', (text: string) => Buffer.from(text.replaceAll(',', '\t'))],
  ])('a table with %s is read', async (_, encode) => {
    const set = await open(encode('path,label,"a, b; c"\r\na.png,Käfer,1\r\nb.png,ant,"2, 3"\r\n'));
    expect([set.length, set.classes, set.source(0).path]).toEqual([2, ['Käfer', 'ant'].sort(), join(root, 'a.png')]);
  });

  test('paths that Windows wrote lead to the same files', async () => {
    const set = await open('path,label\ncat\\1.png,cat\nphotos\\dog\\2.png,dog\n');
    expect([set.source(0).path, set.source(1).path]).toEqual([join(root, 'cat', '1.png'), join(root, 'photos', 'dog', '2.png')]);
    for (const path of ['C:\\photos\\1.png', 'd:/1.png', '\\\\server\\photos\\1.png'])
      await expect(open(`path,label\n${path},cat\n`)).rejects.toThrow(/a path of Windows, which leads nowhere here\. Give paths relative/);
  });

  test.each([
    ['nothing', '', /there is no column 1\. The header line has: nothing/],
    ['a header alone', 'path,label\r\n', /a header line \(path, label\) and no rows\. Expected an image path and a label in each/],
    ['no header', 'a.png,dog\nb.png,cat\n', /the first line names an image \(a\.png, dog\).*Put a line such as "path,label" before it/],
    ['a quote that is never closed', 'path,label\na.png,dog\n"b.png,dog\nc.png,cat\n', /the quote in line 3 is not closed/],
    ['one column', 'path\na.png\n', /there is no column 2\. The header line has: path/],
  ])('%s is refused with what helps', async (_, content, message) => {
    await expect(open(content)).rejects.toThrow(message);
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

test('fromFiles passes over what systems leave behind, and refuses parts of a dataset for classes', () => {
  const file = (webkitRelativePath: string) => Object.assign(new Blob(['x']), { name: 'x', webkitRelativePath });
  const set = fromFiles(
    ['pets/cat/1.png', 'pets/dog/1.png', 'pets/cat/._1.png', 'pets/__MACOSX/cat/1.png', 'pets/cat/a.heic', 'pets/2.png'].map(file),
  );
  expect([set.classes, set.length]).toEqual([['cat', 'dog'], 2]);
  expect(set.notes).toEqual([
    'pets: passed over, as hidden or left behind by a system: cat/._1.png, __MACOSX/cat/1.png.',
    'pets: passed over, as no image, by its ending: cat/a.heic.',
    'pets: passed over, as beside the folders of the classes: 2.png.',
  ]);
  expect(() => fromFiles(['pets/Train/cat/1.png', 'pets/test/cat/1.png'].map(file))).toThrow(
    /Train and test are parts of a dataset, not classes\. Choose Train or test alone/,
  );
});
