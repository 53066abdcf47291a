import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expandImages } from './expand-images.ts';
import { temporaryFolder } from './places.testing.ts';

const folder = temporaryFolder();
const root = join(folder, 'album');
const files = ['b.jpg', 'a.PNG', 'notes.txt', '.hidden.jpg', '._b.jpg', 'sub/c.webp', 'sub/deep/d.gif', '[x].jpg'];
for (const path of [...files, '@eaDir/b.jpg/e.jpg', '#recycle/g.jpg', 'node_modules/h.jpg', '.cache/f.jpg']) {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), '');
}
mkdirSync(join(root, 'empty'));
symlinkSync(root, join(root, 'sub', 'loop'));
// Two folders that lead to each other.
for (const [one, other] of [
  ['left', 'right'],
  ['right', 'left'],
] as const) {
  mkdirSync(join(folder, 'pair', one), { recursive: true });
  writeFileSync(join(folder, 'pair', one, `${one}.png`), '');
  symlinkSync(join(folder, 'pair', other), join(folder, 'pair', one, 'z'));
}
symlinkSync(join(root, 'b.jpg'), join(root, 'sub', 'link.jpg'));
const from = (paths: readonly string[]) => paths.map((path) => relative(root, path));

test('a folder is all images in it and below, in order, but for what systems put there; a link that leads back is not followed', async () => {
  const all = ['[x].jpg', 'a.PNG', 'b.jpg', 'sub/c.webp', 'sub/deep/d.gif', 'sub/link.jpg'];
  expect(from(await expandImages([root]))).toEqual(all);
});

test('folders that lead to each other are gone through once from each', async () => {
  const found = await expandImages([join(folder, 'pair')]);
  const expected = ['left/left.png', 'left/z/right.png', 'right/right.png', 'right/z/left.png'];
  expect(found.map((path) => relative(join(folder, 'pair'), path))).toEqual(expected);
});

test.each([
  ['*.jpg', ['[x].jpg', 'b.jpg']],
  ['sub/**/*.{gif,webp}', ['sub/c.webp', 'sub/deep/d.gif']],
  ['s*', ['sub/c.webp', 'sub/deep/d.gif', 'sub/link.jpg']],
  ['?.*', ['a.PNG', 'b.jpg']],
  ['sub/**', ['sub/c.webp', 'sub/deep/d.gif', 'sub/link.jpg']],
  ['{empty,sub/deep}', ['sub/deep/d.gif']],
])('a pattern that no shell has taken is what it matches: %s', async (pattern, expected) => {
  expect(from(await expandImages([join(root, pattern)]))).toEqual(expected);
  expect(from(await expandImages([join(relative(process.cwd(), root), pattern)]))).toEqual(expected);
});

test('a file that is there is itself, whatever its name; so is what is not there, a URL and -', async () => {
  const args = [join(root, '[x].jpg'), 'absent.jpg', 'https://example.org/a*.jpg', '-', join(root, 'notes.txt')];
  expect(await expandImages(args)).toEqual(args);
});

describe('refuses', () => {
  test.each([
    [join(root, 'empty'), 'there are no images in it: no files that end in .'],
    [join(root, '*.tiff'), 'no file matches'],
  ])('%s', async (arg, message) => {
    await expect(expandImages([arg])).rejects.toThrow(`${arg}: ${message}`);
  });
});
