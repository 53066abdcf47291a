import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notShared, shared } from '@resnetjs/testing/shared';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { shippedCheckpoint } from '../network/shipped.ts';
import { photo, temporaryFolder } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';

// Calibration, and a thousand images by two networks.
vi.setConfig({ testTimeout: 120_000 });

const folder = temporaryFolder();
const cifar = shared('data/cifar10');

interface Report {
  readonly agreement: number;
  readonly top1: readonly [float32: number, int8: number];
  readonly sizeBytes: readonly [float32: number, int8: number];
  readonly layers: readonly { readonly name: string; readonly computedIn: string }[];
}

// Ended with 1 in one of some hundred runs, and was not caught again to say why: tried twice, and what it said is in the log.
test('the network that comes with it is as right about 1,000 images of CIFAR-10 in 8 bits as in float', { retry: 1 }, async ({ skip }) => {
  const missing = notShared('data/cifar10');
  if (missing) skip(missing);
  const made = join(folder, 'resnet20.safetensors');
  const { code, stdout, stderr, leaked } = await recorded([
    'quantize',
    shippedCheckpoint(),
    made,
    '--images',
    cifar,
    '--evaluate',
    cifar,
    '--json',
  ]);
  if (code !== 0) console.error(stderr);
  expect([code, leaked], stderr).toEqual([0, 0]);
  const { agreement, top1, sizeBytes, layers } = JSON.parse(stdout) as Report;
  expect(agreement).toBeGreaterThan(0.98);
  expect(Math.abs(top1[0] - top1[1])).toBeLessThanOrEqual(0.005);
  expect(sizeBytes[1] / sizeBytes[0]).toBeLessThan(0.28);
  expect(layers.every(({ computedIn }) => computedIn === 'int8')).toBe(true);
});

describe('of a folder of photos', () => {
  const made = join(folder, 'small.safetensors');
  const photos = join(folder, 'photos');
  const quantize = (...args: string[]) => recorded(['quantize', shippedCheckpoint(), ...args]);
  const classes = join(folder, 'classes');
  const names = join(folder, 'names.txt');
  beforeAll(() => {
    writeFileSync(names, ['chelsea.png', 'rocket.jpg', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].join('\n'));
    for (const name of ['chelsea.png', 'rocket.jpg']) {
      cpSync(photo(name), join(photos, name));
      for (const [label, n] of [
        [name, 1],
        [name, 2],
      ] as const)
        cpSync(photo(name), join(classes, label, `${n}${name}`));
    }
  });

  test('sizes, agreement and times stand side by side, and the file is whole', async () => {
    const { code, stdout, leaked } = await quantize(made, '--images', photos);
    expect([code, leaked]).toEqual([0, 0]);
    expect(stdout).toMatch(/resnet20_cifar, measured on 2 images/);
    expect(stdout).toMatch(/weights\s+1\.0 MiB\s+27\d\.\d KiB/);
    expect(stdout).toMatch(/agreement\s+\d+\.\d\d %/);
    expect(stdout).toMatch(/time\s+[\d.]+ ms\s+[\d.]+ ms/);
    expect(statSync(made).size).toBeLessThan(310_000);
    const manifest = JSON.parse(readFileSync(made.replace('.safetensors', '.json'), 'utf8'));
    expect(manifest).toMatchObject({ architecture: 'resnet20_cifar', quantization: { formatVersion: 1 }, accuracy: null });
  });

  test('the file predicts, is described and timed as any other', async () => {
    const predicted = await recorded(['predict', photo('chelsea.png'), '--weights', made, '--json']);
    expect([predicted.code, predicted.leaked]).toEqual([0, 0]);
    expect(predicted.stdout).toContain('"cat"');
    expect(await recorded(['summary', made])).toMatchObject({ code: 0 });
    const report = join(folder, 'report.html');
    const evaluated = await recorded(['evaluate', classes, '--weights', made, '--labels', names, '--report', report]);
    expect([evaluated.code, evaluated.leaked, existsSync(report)]).toEqual([0, 0, true]);
    const timed = await recorded(['bench', made, '--backends', 'wasm', '--runs', '1']);
    expect(timed).toMatchObject({ code: 0 });
    expect(timed.stdout).toContain('resnet20_cifar in 8 bits, predictions of 1 image of 32x32');
  });

  test.each([
    ['convert', (out: string) => ['convert', made, out]],
    ['quantize', (out: string) => ['quantize', made, out, '--images', photos]],
    ['finetune', (out: string) => ['finetune', classes, '--weights', made, '--out', out]],
    ['explain', () => ['explain', photo('chelsea.png'), '--weights', made, '--out', join(folder, 'never.png')]],
    ['dissect', () => ['dissect', classes, '--weights', made, '--labels', names, '--out', join(folder, 'never.html')]],
    ['slim', (out: string) => ['slim', made, out, classes, '--labels', names]],
    ['bench --train', () => ['bench', made, '--train', '--backends', 'wasm']],
  ])('%s refuses it with what to do', async (_, args) => {
    const { code, stderr } = await recorded(args(join(folder, 'never.safetensors')));
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/8 bits/);
  });

  test.each([
    ['a folder without images', ['--images', 'EMPTY'], /there are no images in it|no images/],
    ['a share that is none', ['--images', '.', '--min-agreement', '98'], /share above 0/],
    ['accuracy that is not measured', ['--images', '.', '--max-loss', '1'], /--max-loss needs --evaluate/],
    ['a layer that is not there', ['--images', 'PHOTOS', '--float', 'layer9'], /No layer is called 'layer9'. There are 'first'/],
    ['no images at all', [], /required option '--images/],
  ])('%s: an error in words, and no file', async (_, args, message) => {
    const out = join(folder, 'none.safetensors');
    const empty = join(folder, 'empty');
    mkdirSync(empty, { recursive: true });
    const places: Record<string, string> = { PHOTOS: photos, EMPTY: empty };
    const { code, stderr } = await quantize(out, ...args.map((arg) => places[arg] ?? arg));
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
    expect(readdirSync(folder).filter((name) => name.includes('none'))).toEqual([]);
  });

  test('layers stay in float where that is asked for, or needed', async () => {
    const out = join(folder, 'first-last.safetensors');
    const { code, stdout } = await quantize(out, '--images', photos, '--float', 'first', 'last');
    expect(code).toBe(0);
    expect(stdout).toContain('In float: conv1, fc');
    expect(existsSync(out)).toBe(true);
  });

  test('a file that was changed is refused by what is wrong with it', async () => {
    const broken = join(folder, 'broken.safetensors');
    const path = broken.replace('.safetensors', '.json');
    writeFileSync(broken, readFileSync(made));
    const manifest = JSON.parse(readFileSync(made.replace('.safetensors', '.json'), 'utf8'));
    manifest.quantization.values[1].scale = 0;
    writeFileSync(path, JSON.stringify(manifest));
    const { code, stderr } = await recorded(['predict', photo('chelsea.png'), '--weights', broken]);
    expect(code).toBe(1);
    expect(stderr).toContain('values.1.scale: expected a float32 above 0');
  });
});
