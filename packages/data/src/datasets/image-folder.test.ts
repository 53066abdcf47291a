import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

test('other endings are passed over and told, endings in capitals are not', async () => {
  await put('a/1.JPG', 'a/2.heic', 'a/notes.txt', 'loose.png');
  expect(await listed()).toEqual(['0 a/1.JPG']);
  expect((await imageFolder(root)).notes).toEqual([
    `${root}: passed over, as beside the folders of the classes: loose.png.`,
    `${root}: passed over, as no image, by its ending: a/2.heic, a/notes.txt.`,
  ]);
});

test.each([
  ['__MACOSX', '._1.png'],
  ['@eaDir', '.DS_Store'],
  ['$RECYCLE.BIN', 'Thumbs.db'],
  ['System Volume Information', 'desktop.ini'],
  ['lost+found', '.nfs0000.png'],
  ['.ipynb_checkpoints', 'ehthumbs.db'],
])('what systems leave behind is neither class nor photo, and is told: %s, %s', async (folder, file) => {
  await put('a/1.png', `a/${file}`, `a/${folder}/1.png`, `${folder}/a/1.png`, `${folder}/1.png`);
  expect(await listed()).toEqual(['0 a/1.png']);
  const [note] = (await imageFolder(root)).notes;
  expect(note).toMatch(`${root}: passed over, as hidden or left behind by a system: ${folder}, `);
  expect(note).toContain(`a/${folder}`);
  expect(note).toContain(`a/${file}`);
});

describe('links', () => {
  test('are followed, as torchvision does, and it is told where they lead out of the root', async () => {
    const inside = join(root, 'photos');
    await put('photos/a/1.png', 'photos/b/1.png', 'archive/dogs/1.png', 'archive/2.png');
    await symlink(join(inside, 'a', '1.png'), join(inside, 'b', 'inside.png'));
    await symlink('../../archive/2.png', join(inside, 'b', 'outside.png'));
    await symlink(join(root, 'archive', 'dogs'), join(inside, 'dog'));
    await symlink('a', join(inside, 'c'));
    root = inside;
    try {
      // As ImageFolder(root).samples of torchvision 0.14 lists them.
      expect(await listed()).toEqual(['0 a/1.png', '1 b/1.png', '1 b/inside.png', '1 b/outside.png', '2 c/1.png', '3 dog/1.png']);
      const { notes } = await imageFolder(root);
      const archive = join(await realpath(dirname(root)), 'archive');
      expect(notes).toEqual([
        `${root}: links lead out of the folder, and what they lead to is read: ${root}/dog -> ${archive}/dogs, ${root}/b/outside.png -> ${archive}/2.png.`,
      ]);
    } finally {
      root = dirname(inside);
    }
  });

  test('are not followed in circles, and each folder of a class is read once', async () => {
    await put('a/1.png', 'b/1.png', 'b/sub/2.png');
    await symlink(root, join(root, 'b', 'circle'));
    await symlink('..', join(root, 'b', 'sub', 'up'));
    await symlink('sub', join(root, 'b', 'again'));
    await symlink(join(root, 'nowhere.png'), join(root, 'b', 'broken.png'));
    await symlink('itself', join(root, 'b', 'itself'));
    expect(await listed()).toEqual(['0 a/1.png', '1 b/1.png', '1 b/sub/2.png']);
    const notes = (await imageFolder(root)).notes.join('\n');
    expect(notes).toMatch(/as a link to a folder that it is in itself: b\/circle -> \S+, b\/sub\/up -> \S+\/b\./);
    expect(notes).toMatch(/as a link to a folder that is read anyway: b\/again -> \S+\/b\/sub\./);
    expect(notes).toMatch(/as a link to what is not there: b\/broken\.png -> \S+\/nowhere\.png\./);
    expect(notes).toMatch(/as a link that leads to itself: b\/itself -> /);
  });

  test('to other links take no longer than the folders they lead to', async () => {
    await put('a/1.png');
    // Twice as many ways at each level: a million to the last.
    for (let level = 0; level < 20; level++) {
      await mkdir(join(root, 'a', `level${level}`));
      for (const name of ['x', 'y']) await symlink(join(root, 'a', `level${level + 1}`), join(root, 'a', `level${level}`, name));
    }
    await put('a/level20/1.png');
    expect(await listed()).toEqual(['0 a/1.png', '0 a/level20/1.png']);
  });

  test.each([
    ['nowhere', 'gone', /cat is a link to what is not there, .*\/gone\. Let it lead to a folder of images, or remove it/],
    ['in a circle', '..', /cat is a link to a folder that it is in itself, /],
  ])('in place of a class that lead %s are refused by name', async (_, target, message) => {
    await put('dog/1.png');
    await symlink(target, join(root, 'cat'));
    await expect(imageFolder(root)).rejects.toThrow(message);
  });

  test('to an empty folder are refused with the folder’s name', async () => {
    await put('photos/dog/1.png');
    await mkdir(join(root, 'empty'));
    await symlink('../empty', join(root, 'photos', 'cat'));
    await expect(imageFolder(join(root, 'photos'))).rejects.toThrow(/no images in cat \(a link to .*\/empty\)/);
  });
});

test('classes that are numbers keep the order of torchvision, and that is told where it is not theirs', async () => {
  await put('0/1.png', '1/1.png', '2/1.png');
  expect((await imageFolder(root)).notes).toEqual([]);
  await put('10/1.png');
  const { classes, notes } = await imageFolder(root);
  expect(classes).toEqual(['0', '1', '10', '2']);
  expect(notes).toEqual([`${root}: the classes are numbers, and come in the order of their text, as torchvision has them: 0, 1, 10, 2.`]);
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
