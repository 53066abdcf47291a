import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { datasetWarnings } from './dataset-warnings.ts';
import { duplicates } from './duplicates.ts';
import { fromFiles } from './from-files.ts';
import { imageParts } from './image-parts.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'warnings-'));
});
afterEach(() => rm(root, { recursive: true }));

/** A folder with so many files in each of its folders, no two alike but for those in `same`; nothing is decoded. */
async function folder(counts: Readonly<Record<string, number>>, same: Readonly<Record<string, string>> = {}) {
  const write = async (path: string, content: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  for (const [name, count] of Object.entries(counts)) for (let i = 0; i < count; i++) await write(`${name}/${i}.png`, `${i} of ${name}`);
  for (const [path, content] of Object.entries(same)) await write(path, content);
  return (await imageParts(root)).parts;
}

test.each([
  ['nothing of whole folders', { 'train/ant': 5, 'train/bee': 6, 'val/ant': 1, 'val/bee': 1 }, []],
  ['nothing of one folder', { ant: 5, bee: 5 }, []],
  ['a single class', { ant: 5 }, [['one class', /one class only, ant: nothing to tell it from/]]],
  ['names that differ in case', { Ant: 5, ant: 5 }, [['names alike', /differ only in case .*: Ant and ant\./]]],
  [
    'names that differ in the form of Unicode',
    { ['café'.normalize('NFC')]: 5, ['café'.normalize('NFD')]: 5 },
    [['names alike', /\(c a f e U\+0301\) and \S+ \(c a f U\+00E9\)\./]],
  ],
  [
    'names that one part writes otherwise',
    { 'train/Ant': 5, 'train/fire_ant': 5, 'val/ant': 1, 'val/fire ant': 1 },
    [['names alike', /^Classes that parts write otherwise are taken for the same: ant = Ant \(val\), fire ant = fire_ant \(val\)\./]],
  ],
  ['a class with few images', { ant: 5, bee: 4, wasp: 1 }, [['few images', /2 classes have fewer than 5 images: bee \(4\), wasp \(1\)/]]],
  [
    'a validation set without a class',
    { 'train/ant': 5, 'train/bee': 5, 'val/ant': 1 },
    [['class in some parts', /: val has no images of bee, so nothing is measured of it\./]],
  ],
  [
    'classes in one part only',
    { 'train/ant': 5, 'train/bee': 5, 'val/ant': 1, 'val/newt': 1 },
    [['class in some parts', /: train has no images of newt, so nothing is learned of it; val has no images of bee, so/]],
  ],
] as const)('%s: one warning for each kind', async (_, counts, expected) => {
  const warnings = await datasetWarnings(await folder(counts));
  expect(warnings).toEqual(expected.map(([kind, message]) => ({ kind, message: expect.stringMatching(message) })));
});

const TWO_PARTS = { 'train/ant': 5, 'train/bee': 5, 'val/ant': 1, 'val/bee': 1 };

test('files that are in two parts are told, by their bytes and not by their names', async () => {
  const parts = await folder(TWO_PARTS, { 'train/ant/a.png': 'same', 'val/bee/b.png': 'same', 'val/ant/a.png': 'else' });
  expect(await duplicates(parts)).toEqual([
    [
      { part: 'train', path: join(root, 'train/ant/a.png') },
      { part: 'val', path: join(root, 'val/bee/b.png') },
    ],
  ]);
  const [warning, ...more] = await datasetWarnings(parts);
  expect(more).toEqual([]);
  expect(warning?.kind).toBe('duplicates');
  expect(warning?.message).toContain(
    `1 file is in more than one of train, val, byte for byte: ${root}/train/ant/a.png = ${root}/val/bee/b.png.`,
  );
});

test('files that are twice in one part matter only where it is the only one', async () => {
  const parts = await folder(TWO_PARTS, { 'train/ant/a.png': 'same', 'train/ant/b.png': 'same' });
  expect(await duplicates(parts)).toEqual([]);
  expect(await duplicates(parts.slice(0, 1))).toHaveLength(1);
});

test('a file that is gone or no file is no duplicate', async () => {
  const parts = await folder(TWO_PARTS, { 'train/ant/a.png': 'same', 'val/ant/a.png': 'same' });
  await rm(join(root, 'val/ant/a.png'));
  expect(await duplicates(parts)).toEqual([]);
});

test('large files that are alike in size and beginning are compared to their end', async () => {
  const large = 'x'.repeat(100_000);
  const parts = await folder(TWO_PARTS, {
    'train/ant/a.png': `${large}1`,
    'val/ant/a.png': `${large}2`,
    'train/bee/b.png': `${large}3`,
    'val/bee/b.png': `${large}3`,
  });
  expect((await duplicates(parts)).map((places) => places.map(({ path }) => path.slice(root.length + 1)))).toEqual([
    ['train/bee/b.png', 'val/bee/b.png'],
  ]);
});

test('files of a browser are compared as well', async () => {
  const file = (path: string, content: string) => Object.assign(new Blob([content]), { name: path, webkitRelativePath: path });
  const dataset = fromFiles([file('pets/cat/1.png', 'same'), file('pets/dog/2.png', 'same'), file('pets/dog/3.png', 'else')]);
  expect(await duplicates([{ name: 'images', dataset }])).toEqual([
    [
      { part: 'images', path: 'pets/cat/1.png' },
      { part: 'images', path: 'pets/dog/2.png' },
    ],
  ]);
});
