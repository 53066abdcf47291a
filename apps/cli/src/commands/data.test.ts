import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { drawContactSheet } from '../dataset/contact-sheet.ts';
import { temporaryFolder } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';

const folder = temporaryFolder();
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A PPM of one colour. */
const plain = (width: number, height: number, colour: readonly [number, number, number]): Buffer =>
  Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), Buffer.from(Array.from({ length: width * height }, () => colour).flat())]);

/** A folder with these files. */
function files(name: string, contents: Readonly<Record<string, Uint8Array>>): string {
  const root = join(folder, name);
  mkdirSync(root, { recursive: true });
  for (const [path, bytes] of Object.entries(contents)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), bytes);
  }
  return root;
}

const RED = [255, 0, 51] as const;
const BLUE = [0, 0, 255] as const;

const animals = () =>
  files('animals', {
    'cat/1.ppm': plain(40, 30, RED),
    'cat/2.ppm': plain(20, 30, RED),
    'cat/3.ppm': plain(40, 30, BLUE),
    'dog/1.ppm': plain(64, 10, BLUE),
    'dog/torn.png': Buffer.from('this is no image'),
  });

describe('resnet data', () => {
  test('prints classes, sizes, broken files and colours', async () => {
    const root = animals();
    const { code, stdout, stderr, leaked } = await recorded(['data', root]);
    expect({ code, stderr, leaked }).toEqual({ code: 0, stderr: '', leaked: 0 });
    expect(stdout.split('\n').filter((line) => !line.startsWith('──'))).toEqual([
      `${root}: 4 images of 2 classes, 1 broken`,
      '',
      'class  images   share',
      'cat         3  75.0 %  ████████████████████████',
      'dog         1  25.0 %  ████████',
      'all         4',
      '',
      'pixels  least  median  greatest',
      'width      20      40        64',
      'height     10      30        30',
      '40x30 (2), 20x30 (1), 64x10 (1)',
      '',
      'colours     red   green    blue',
      'mean     0.5000  0.0000  0.6000',
      // blue is 0.2 or 1, red 0 or 1, each in half of the images
      'std      0.5000  0.0000  0.4000',
      '',
      expect.stringMatching(/^broken file +why$/),
      expect.stringMatching(/dog\/torn\.png {2}not an image \(16 bytes/),
      '',
      expect.stringMatching(/^warning: 2 classes have fewer than 5 images: cat \(3\), dog \(2\)\./),
      '',
    ]);
  });

  test('tells train and test apart, and suggests the colours of train', async () => {
    const root = files('parts', {
      'train/cat/1.ppm': plain(8, 8, RED),
      'train/dog/1.ppm': plain(8, 8, RED),
      'val/cat/1.ppm': plain(8, 8, BLUE),
      'val/newt/1.ppm': plain(8, 8, BLUE),
    });
    const { stdout } = await recorded(['data', root]);
    expect(stdout).toMatch(/^class +train +val +all +share$/m);
    expect(stdout).toMatch(/^newt +0 +1 +1 /m);
    expect(stdout).toMatch(/^all +2 +2 +4$/m);
    expect(stdout).toMatch(/^colours of train .*\n─+\nmean +1\.0000 +0\.0000 +0\.2000$/m);
    const { stdout: json } = await recorded(['data', root, '--json']);
    expect(JSON.parse(json)).toMatchObject({
      folder: root,
      images: 4,
      width: { min: 8, median: 8, max: 8 },
      parts: [
        { name: 'train', images: 2, broken: 0 },
        { name: 'val', images: 2, broken: 0 },
      ],
      classes: [
        { name: 'cat', images: 2, train: 1, val: 1 },
        { name: 'dog', images: 1, train: 1, val: 0 },
        { name: 'newt', images: 1, train: 0, val: 1 },
      ],
      mean: [1, 0, 0.2],
      broken: [],
      notes: [],
      warnings: [
        { kind: 'few images', message: expect.stringContaining('in train: cat (1), dog (1)') },
        { kind: 'class in some parts', message: expect.stringContaining('val has no images of dog') },
      ],
    });
  });

  test('says what was passed over', async () => {
    const root = files('as-it-came', {
      ...Object.fromEntries(
        [1, 2, 3, 4, 5].flatMap((i) => ['cat', 'dog'].map((name) => [`${name}/${i}.ppm`, plain(i, name === 'cat' ? 8 : 9, RED)])),
      ),
      'cat/._1.ppm': Buffer.from('left by a Mac'),
      '__MACOSX/cat/1.ppm': plain(8, 8, RED),
      'cat/6.heic': Buffer.from('?'),
    });
    const { code, stdout, stderr } = await recorded(['data', root]);
    expect([code, stderr]).toEqual([
      0,
      `${root}: passed over, as hidden or left behind by a system: __MACOSX, cat/._1.ppm.\n${root}: passed over, as no image, by its ending: cat/6.heic.\n`,
    ]);
    expect(stdout).toContain('10 images of 2 classes\n');
    expect(stdout).not.toContain('warning');
    const { notes } = JSON.parse((await recorded(['data', root, '--json'])).stdout) as { notes: string[] };
    expect(notes).toHaveLength(2);
  });

  test('--json names every broken file and why', async () => {
    const { broken } = JSON.parse((await recorded(['data', animals(), '--json'])).stdout) as { broken: unknown[] };
    expect(broken).toEqual([
      { path: join(folder, 'animals', 'dog/torn.png'), part: 'images', reason: expect.stringMatching(/not an image/) },
    ]);
  });

  test('a folder of which nothing can be read is described all the same', async () => {
    const root = files('torn', { 'cat/1.png': Buffer.from('no'), 'dog/2.png': new Uint8Array(0) });
    const { code, stdout } = await recorded(['data', root]);
    expect(code).toBe(0);
    expect(stdout).toContain('0 images of 2 classes, 2 broken');
    expect(stdout).toContain('the file is empty');
    const drawn = await recorded(['data', root, '--grid', join(folder, 'torn.png')]);
    expect(drawn.code).toBe(1);
    expect(drawn.stderr).toContain('no image can be read');
  });

  test('shows a progress bar on a terminal only', async () => {
    expect((await recorded(['data', animals()], { columns: 80 })).stderr).toContain('Reading');
  });

  test.each([
    ['an empty folder', () => files('empty', {}), /expected one sub-folder per class/],
    ['a file', () => join(files('file', { 'a.txt': Buffer.from('a') }), 'a.txt'), /expected a folder of images, but it is a file/],
    ['nothing', () => join(folder, 'nowhere'), /there is no such folder/],
  ] as const)('%s is refused', async (_, path, message) => {
    const { code, stdout, stderr, leaked } = await recorded(['data', path()]);
    expect({ code, stdout, leaked }).toEqual({ code: 1, stdout: '', leaked: 0 });
    expect(stderr).toMatch(message);
  });
});

describe('--grid', () => {
  test('draws the samples in rows, with a label under each', async () => {
    const file = join(folder, 'sheet.png');
    const { code, stdout, stderr } = await recorded(['data', animals(), '--grid', file, '--rows', '2', '--columns', '3', '--size', '32']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`${file}: 6 samples`);
    // pictures of 32 pixels are drawn at 128, with 16 between, 24 around, and room for title and labels
    const { width, height } = await sharp(file).metadata();
    expect([width, height]).toEqual([24 + 3 * 144 - 16 + 24, 24 + 40 + 2 * (128 + 28 + 16) - 16 + 24]);
    const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
    const pixel = (x: number, y: number) => [
      ...data.subarray((y * info.width + x) * info.channels, (y * info.width + x) * info.channels + 3),
    ];
    for (let n = 0; n < 6; n++) {
      const [left, top] = [24 + (n % 3) * 144, 64 + Math.floor(n / 3) * 172];
      // all of a picture is of one colour but for the border that a crop shifts in
      expect([[...RED], [...BLUE]]).toContainEqual(pixel(left + 64, top + 64));
      expect(pixel(left - 2, top + 64)).toEqual([255, 255, 255]);
    }
    expect(readdirSync(folder).filter((name) => name.startsWith('.sheet'))).toEqual([]);
  });

  test('is the same for the same seed, another for another, and obeys --augment', async () => {
    const root = animals();
    const draw = async (name: string, ...args: string[]) => {
      const file = join(folder, name);
      const { stdout } = await recorded(['data', root, '--grid', file, '--json', '--size', '32', ...args]);
      return { bytes: readFileSync(file), grid: (JSON.parse(stdout) as { grid: { samples: { class: string }[] } }).grid };
    };
    const first = await draw('first.png', '--seed', '3');
    expect((await draw('again.png', '--seed', '3')).bytes.equals(first.bytes)).toBe(true);
    expect((await draw('other.png', '--seed', '4')).bytes.equals(first.bytes)).toBe(false);
    expect((await draw('none.png', '--seed', '3', '--augment', 'none')).bytes.equals(first.bytes)).toBe(false);
    expect(first.grid).toMatchObject({ rows: 4, columns: 8 });
    expect(first.grid.samples).toHaveLength(32);
    expect(new Set(first.grid.samples.map((sample) => sample.class))).toEqual(new Set(['cat', 'dog']));
  });

  test('names of classes are drawn as they are, whatever they are', async () => {
    const image = { width: 4, height: 4, data: new Uint8Array(48) };
    const labels = ['<b>&"quoted"', '犬', 'a\u0007b', 'x'.repeat(300), ''];
    const samples = labels.map((label, group) => ({ image, label, group }));
    const { png } = await drawContactSheet(samples, { title: '</svg>&', columns: 8 });
    expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width: 24 + 5 * 128 - 16 + 24 });
  });

  test('without any font the labels are left out, and that is said', () => {
    const config = join(folder, 'fonts.conf');
    writeFileSync(config, '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig/>');
    const file = join(folder, 'unlabelled.png');
    // Fonts are looked for once a process: another one, of the built command.
    const { status, stderr } = spawnSync(process.execPath, [main, 'data', animals(), '--grid', file, '--size', '32'], {
      env: { ...process.env, FONTCONFIG_FILE: config },
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('has no labels: there is no font on this machine') });
    expect(existsSync(file)).toBe(true);
  });

  test.each([
    ['not a PNG', 'sheet.jpg', 2, /--grid draws a PNG: let .*sheet\.jpg end in \.png/],
    ['in no folder', 'nowhere/sheet.png', 1, /sheet\.png: cannot be written: there is no folder .*nowhere/],
    ['a folder', 'folder.png', 1, /folder\.png: cannot be written: it is a folder/],
  ])('a file that is %s is refused before anything is read', async (_, name, code, message) => {
    mkdirSync(join(folder, 'folder.png'), { recursive: true });
    const done = await recorded(['data', animals(), '--grid', join(folder, name)], { columns: 80 });
    expect(done).toMatchObject({ code, stdout: '' });
    expect(done.stderr).toMatch(message);
    expect(done.stderr).not.toContain('Reading');
    if (code === 2) expect(existsSync(join(folder, name))).toBe(false);
  });

  test('what was there stays where it cannot be drawn', async () => {
    const file = join(folder, 'kept.png');
    writeFileSync(file, 'kept');
    const { code, stderr } = await recorded(['data', animals(), '--grid', file, '--rows', '1000', '--columns', '1000']);
    expect(code).toBe(2);
    expect(stderr).toContain('too large a sheet');
    expect(readFileSync(file, 'utf8')).toBe('kept');
    expect(statSync(file).size).toBe(4);
  });
});
