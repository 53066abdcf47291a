import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { imageParts } from './image-parts.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'image-parts-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Opens a folder with these files and folders (`a/`); nothing is decoded. */
async function opened(...paths: string[]) {
  for (const path of paths) {
    await mkdir(path.endsWith('/') ? join(root, path) : dirname(join(root, path)), { recursive: true });
    if (!path.endsWith('/')) await writeFile(join(root, path), 'x');
  }
  const { parts, notes } = await imageParts(root);
  return { parts: parts.map(({ name, role, dataset }) => `${role}: ${name}, ${dataset.classes?.join(' ')}`), notes };
}

const inParts = (...names: string[]) => names.flatMap((name) => [`${name}/ant/1.png`, `${name}/bee/2.png`]);

describe('folders are parts', () => {
  test.each([
    [
      ['train', 'val', 'test'],
      ['train', 'validation', 'test'],
    ],
    [
      ['training', 'validation', 'testing'],
      ['train', 'validation', 'test'],
    ],
    [
      ['Train', 'Valid', 'Test'],
      ['train', 'validation', 'test'],
    ],
    [
      ['TRAINING', 'VAL'],
      ['train', 'validation'],
    ],
    [
      ['Train', 'Test'],
      ['train', 'test'],
    ],
    [['train'], ['train']],
    [['test'], ['test']],
    [
      ['val', 'test'],
      ['validation', 'test'],
    ],
  ])('by the names %j', async (names, roles) => {
    expect(await opened(...inParts(...names))).toEqual({ parts: roles.map((role, i) => `${role}: ${names[i]}, ant bee`), notes: [] });
  });

  test('beside which others are passed over and told', async () => {
    const { parts, notes } = await opened(
      ...inParts('train', 'val'),
      'test/1.png',
      'annotations/1.xml',
      '__MACOSX/train/1.png',
      'README.md',
    );
    expect(parts).toEqual(['train: train, ant bee', 'validation: val, ant bee']);
    expect(notes).toEqual([
      `${root}: passed over, as hidden or left behind by a system: __MACOSX.`,
      `${root}: passed over, as no part that is told apart by its name: README.md, annotations.`,
      `${root}: passed over, as without a folder of any class: test.`,
    ]);
  });
});

describe('folders are classes', () => {
  test('of any other name', async () => {
    expect((await opened('ant/1.png', 'bee/1.png')).parts).toEqual(['all: images, ant bee']);
  });

  test('with images in them, though a part may be called so', async () => {
    expect((await opened('bus/1.png', 'train/1.png', 'test/1.png')).parts).toEqual(['all: images, bus test train']);
  });
});

test('where there is doubt, it is refused', async () => {
  await expect(opened('bus/1.png', 'train/a/1.png')).rejects.toThrow(
    /train holds folders, as a part of a dataset does, but bus beside it holds images, as classes do\. Open .*\/train alone/,
  );
});

test('two folders for the same are refused', async () => {
  await expect(opened(...inParts('train', 'val', 'validation'))).rejects.toThrow(/val and validation are both for validation\. Keep one/);
});
