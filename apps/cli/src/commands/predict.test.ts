import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { Prediction } from '@resnetjs/core';
import { describe, expect, test } from 'vitest';
import { photo, temporaryFolder } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';

const chelsea = photo('chelsea.png');
const rocket = photo('rocket.jpg');
const temporary = temporaryFolder();

/** A folder that is called like a file. */
function folderLikeAFile(): string {
  const path = join(temporary, 'folder.csv');
  mkdirSync(path);
  return path;
}

test("gives PyTorch's probabilities for a photo, and leaks nothing", async () => {
  const { code, stdout, leaked } = await recorded(['predict', rocket, '--json']);
  expect(code).toBe(0);
  expect(leaked).toBe(0);
  const [{ image, predictions }] = JSON.parse(stdout) as [{ image: string; predictions: Prediction[] }];
  expect(image).toBe(rocket);
  expect(predictions.map(({ label }) => label)).toEqual(['ship', 'truck', 'bird', 'deer', 'airplane']);
  // PyTorch 1.13 in float64 with the original checkpoint, Pillow and torchvision; float32 logits of about 15 are good to 1e-5.
  const expected = [0.999932, 6.28996e-5, 5.11975e-6, 1.1015e-7, 6.97474e-8];
  for (const [i, { probability }] of predictions.entries()) expect(probability / (expected[i] as number)).toBeCloseTo(1, 3);
});

test('draws a bar for each class, the best guess first', async () => {
  const { code, stdout, stderr } = await recorded(['predict', chelsea, '--top', '2']);
  expect(code).toBe(0);
  expect(stdout).toBe(`${chelsea}\n  cat   100.0 %  ${'█'.repeat(40)}\n  deer    0.0 %\n`);
  expect(stderr).toBe('resnet20_cifar: 10 classes, right about 91.73 % of the CIFAR-10 test set\n');
});

test('colours only what a terminal shows, and not where NO_COLOR is set', async () => {
  const colour = '\u001b[';
  expect((await recorded(['predict', chelsea], { columns: 80 })).stdout).toContain(colour);
  expect((await recorded(['predict', chelsea], { columns: 80, env: { NO_COLOR: '1' } })).stdout).not.toContain(colour);
  expect((await recorded(['predict', chelsea])).stdout).not.toContain(colour);
});

test('bars stay within a narrow terminal', async () => {
  const { stdout } = await recorded(['predict', chelsea], { columns: 40, env: { NO_COLOR: '1' } });
  const [, ...lines] = stdout.trimEnd().split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
});

test('an image that cannot be read does not keep the others from being classified', async () => {
  const { code, stdout, stderr, leaked } = await recorded(['predict', 'absent.jpg', chelsea, 'gone.png']);
  expect(code).toBe(3);
  expect(leaked).toBe(0);
  expect(stdout).toContain('cat');
  expect(stderr).toContain(
    'error: 2 of 3 images could not be classified:\n  absent.jpg: there is no such file.\n  gone.png: there is no such file.\n',
  );
});

test('JSON says which image failed and why', async () => {
  const { code, stdout } = await recorded(['predict', 'absent.jpg', '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual([{ image: 'absent.jpg', error: 'absent.jpg: there is no such file.' }]);
});

describe('many images', () => {
  /** 40 photos in two folders; the first, the last and one between are none. */
  const root = join(temporary, 'album');
  const broken = [0, 17, 39];
  const names = Array.from({ length: 40 }, (_, i) => join(root, i < 20 ? 'first' : 'second', `${String(i).padStart(2, '0')}.png`));
  for (const [i, name] of names.entries()) {
    mkdirSync(dirname(name), { recursive: true });
    if (broken.includes(i)) writeFileSync(name, 'no picture');
    else cpSync(i % 2 ? chelsea : rocket, name);
  }

  test('come out of batches as they do one by one, in their order', async () => {
    const alone: Prediction[][] = [];
    for (const path of [rocket, chelsea]) {
      const [only] = JSON.parse((await recorded(['predict', path, '--json'])).stdout) as [{ predictions: Prediction[] }];
      alone.push(only.predictions);
    }
    const { code, stdout, leaked } = await recorded(['predict', root, '--json', '--batch-size', '7']);
    expect([code, leaked]).toEqual([3, 0]);
    const all = JSON.parse(stdout) as { image: string; predictions?: Prediction[]; error?: string }[];
    expect(all.map(({ image }) => image)).toEqual(names);
    for (const [i, { predictions, error }] of all.entries()) {
      if (broken.includes(i)) expect(error).toContain('not an image');
      else expect(predictions).toEqual(alone[i % 2]);
    }
  });

  test('go into a table', async () => {
    const file = join(temporary, 'results.csv');
    const { code, stdout, stderr, leaked } = await recorded(['predict', root, '--out', file, '--top', '2']);
    expect([code, leaked]).toEqual([3, 0]);
    expect(stdout).toBe(`${file}: 40 images\n`);
    expect(stderr).toContain(`error: 3 of 40 images could not be classified:\n  ${names[0]}: `);
    const [head, first, second, ...rest] = readFileSync(file, 'utf8').split('\r\n');
    expect(head).toBe('image,label,probability,label_2,probability_2,error');
    expect(first?.startsWith(`${names[0]},,,,,`)).toBe(true);
    expect(first).toContain('not an image');
    expect(second).toMatch(/^.*01\.png,cat,[\d.]+,deer,[\d.e-]+,$/);
    expect(rest).toHaveLength(39); // 38 images, and what follows the last line's end: nothing
    expect(readdirSync(temporary).filter((name) => name.includes('results'))).toEqual(['results.csv']);
  });

  test('go into lines of JSON, which are the items of --json', async () => {
    const file = join(temporary, 'lines.jsonl');
    expect((await recorded(['predict', root, '--out', file])).code).toBe(3);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const { stdout } = await recorded(['predict', root, '--json']);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(JSON.parse(stdout));
  });

  test('have a progress bar on a terminal, where it does not run into the results', async () => {
    const file = join(temporary, 'seen.csv');
    expect((await recorded(['predict', root, '--out', file], { columns: 80 })).stderr).toContain('Classifying');
    expect((await recorded(['predict', root, '--out', file])).stderr).not.toContain('Classifying');
    expect((await recorded(['predict', root], { columns: 80 })).stderr).not.toContain('Classifying');
  });

  test.each([
    [['--out', 'results.xlsx'], 2, 'Expected a file that ends in .csv or .jsonl.'],
    [['--out', 'results.csv', '--json'], 2, "option '--json' cannot be used with option '-o, --out <file>'"],
    [['--out', join(temporary, 'nowhere', 'results.csv')], 1, 'cannot be written: there is no folder'],
    [['--out', folderLikeAFile()], 1, 'cannot be written: it is a folder'],
    [['-', '-'], 2, 'give - once'],
  ])('with %j are refused before one is read', async (args, code, message) => {
    const refused = await recorded(['predict', chelsea, ...args]);
    expect(refused).toMatchObject({ code, stdout: '', leaked: 0 });
    expect(refused.stderr).toContain(message);
  });
});

test('an image is piped in', async () => {
  const { code, stdout } = await recorded(['predict', '-', '--top', '1'], { stdin: Readable.from([readFileSync(chelsea)]) });
  expect(code).toBe(0);
  expect(stdout).toContain('-\n  cat');
});

test('a network without shipped weights needs some', async () => {
  const { code, stderr } = await recorded(['predict', chelsea, '--model', 'resnet50']);
  expect(code).toBe(2);
  expect(stderr).toContain('--model resnet50 needs --weights FILE');
});
