import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ImageError } from '../image-error.ts';
import { DatasetError } from './dataset-error.ts';
import { imageFolder } from './image-folder.ts';

const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC', 'base64');
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'image-folder-'));
});
afterEach(() => rm(root, { recursive: true }));

async function put(...paths: string[]) {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), dot);
  }
}

const listed = async () => {
  const set = await imageFolder(root);
  return Array.from({ length: set.length }, (_, i) => {
    const { path, label } = set.source(i);
    return `${label} ${path?.slice(root.length + 1)}`;
  });
};

test('classes and files come in the order of torchvision’s ImageFolder', async () => {
  await put('b/2.png', 'b/10.png', 'B/1.png', 'a/z.png', 'a/sub/1.png', 'a/sub-1/1.png', '\u{1f408}/1.png', '\uff21/1.png');
  // As ImageFolder(root).samples of torchvision 0.14 lists them: sorted by code point, never by number.
  expect(await listed()).toEqual([
    '0 B/1.png',
    '1 a/z.png',
    '1 a/sub/1.png',
    '1 a/sub-1/1.png',
    '2 b/10.png',
    '2 b/2.png',
    '3 \uff21/1.png',
    '4 \u{1f408}/1.png',
  ]);
});

test('hidden files and other endings are skipped, endings in capitals are not', async () => {
  await put('a/1.JPG', 'a/.hidden.png', 'a/notes.txt', '.git/1.png', 'a/.cache/1.png');
  expect(await listed()).toEqual(['0 a/1.JPG']);
});

test('links are followed inside of the root, never out of it nor in circles', async () => {
  await put('a/1.png', 'b/1.png');
  await symlink(join(root, 'a', '1.png'), join(root, 'b', 'inside.png'));
  await symlink('/etc', join(root, 'b', 'out'));
  await symlink(root, join(root, 'b', 'circle'));
  await symlink(join(root, 'nowhere.png'), join(root, 'b', 'broken.png'));
  expect(await listed()).toEqual(['0 a/1.png', '1 b/1.png', '1 b/inside.png']);
});

test('a sample has its picture, label and path', async () => {
  await put('cat/1.png', 'dog/1.png');
  const set = await imageFolder(root);
  expect(set.classes).toEqual(['cat', 'dog']);
  const { image, label, path } = await set.get(1);
  expect([image.width, image.height, label, path]).toEqual([1, 1, 1, join(root, 'dog', '1.png')]);
  expect(set.label(1)).toBe(1);
});

test('what is wrong is said by name', async () => {
  await expect(imageFolder(join(root, 'nowhere'))).rejects.toThrow(/nowhere: there is no such file or folder/);
  await put('loose.png');
  await expect(imageFolder(root)).rejects.toThrow(/expected one sub-folder per class, but found none \(and 1 loose images\)/);
  await mkdir(join(root, 'empty1'));
  await mkdir(join(root, 'empty2'));
  await put('full/1.png');
  await expect(imageFolder(root)).rejects.toThrow(/no images in empty1, empty2/);
});

test('an index outside, a missing file and a broken file are refused', async () => {
  await put('a/1.png', 'a/2.png');
  const set = await imageFolder(root);
  await expect(set.get(2)).rejects.toThrow(new DatasetError('the dataset has 2 samples, numbered from 0, but sample 2 was asked for.'));
  await rm(join(root, 'a/1.png'));
  await expect(set.get(0)).rejects.toThrow(/a\/1\.png: there is no such file/);
  await writeFile(join(root, 'a/2.png'), 'no image');
  await expect(set.get(1)).rejects.toThrow(ImageError);
  await expect(set.get(1)).rejects.toThrow(/a\/2\.png: not an image/);
});
