import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Slimmed } from '@resnetjs/explain';
import { loadCheckpoint } from '@resnetjs/weights';
import { beforeAll, expect, test, vi } from 'vitest';
import { shippedCheckpoint } from '../network/shipped.ts';
import { photo, temporaryFolder } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';

// A training at the end.
vi.setConfig({ testTimeout: 60_000 });

const folder = temporaryFolder();
const images = join(folder, 'images');
const shipped = shippedCheckpoint();
const made = join(folder, 'slim.safetensors');

beforeAll(() => {
  for (const [label, file] of [
    ['cat', 'chelsea.png'],
    ['airplane', 'rocket.jpg'],
  ] as const) {
    mkdirSync(join(images, label), { recursive: true });
    for (const name of ['a', 'b', 'c']) cpSync(photo(file), join(images, label, name + file));
  }
});

test('a slim network is written with a manifest that says what is gone, and is a network like any other', async () => {
  const { code, stdout, leaked } = await recorded(['slim', shipped, made, images, '--max-loss', '100', '--max-blocks', '2', '--json']);
  expect([code, leaked]).toEqual([0, 0]);
  const { removed, ranking, before, after } = JSON.parse(stdout) as Slimmed<never>;
  expect([removed.length, ranking.length]).toEqual([2, 7]);
  expect(after.params).toBeLessThan(before.params);
  expect(after.macs).toBe(before.macs - 2 * 4718592); // two 3x3 convolutions of 16, 32 or 64 channels, at 32, 16 or 8 pixels

  const whole = (await loadCheckpoint(shipped)).manifest;
  const { manifest, stateDict } = await loadCheckpoint(made);
  const removedBlocks = removed.map(({ block }) => block).toSorted();
  expect(manifest).toMatchObject({
    architecture: 'resnet20_cifar',
    config: { removedBlocks },
    preprocessing: whole?.preprocessing,
    labels: whole?.labels,
    licence: whole?.licence,
    source: whole?.source,
    accuracy: { top1: after.score.accuracy, images: 6, dataset: `${images}, by which its blocks were chosen` },
  });
  expect([...stateDict.keys()].filter((name) => removedBlocks.some((block) => name.startsWith(`${block}.`)))).toEqual([]);

  const asBefore = await recorded(['evaluate', images, '--weights', made, '--json']);
  expect(JSON.parse(asBefore.stdout)).toMatchObject({ top1: after.score.accuracy, network: 'resnet20_cifar (without 2 blocks)' });
  expect((await recorded(['predict', photo('chelsea.png'), '--weights', made])).code).toBe(0);
  expect((await recorded(['summary', made])).stdout).toContain('removed block');
  const copy = join(folder, 'copy.safetensors');
  expect((await recorded(['convert', made, copy])).code).toBe(0);
  expect((await loadCheckpoint(copy)).manifest?.config).toEqual({ removedBlocks });
  const run = join(folder, 'run');
  const tuned = await recorded(['finetune', images, '--weights', made, '--epochs', '1', '--split', '0.34', '--out', run]);
  expect([tuned.code, tuned.leaked]).toEqual([0, 0]);
  expect((await loadCheckpoint(join(run, 'model.safetensors'))).manifest?.config).toEqual({ removedBlocks, classes: 2 });
});

test('prints what went and what it saves', async () => {
  const out = join(folder, 'printed.safetensors');
  const { code, stdout, stderr } = await recorded(['slim', shipped, out, images, '-l', '100', '--max-blocks', '1'], { columns: 100 });
  expect(code).toBe(0);
  expect(stdout).toMatch(/without 1 of 7 blocks that could go/);
  for (const row of ['top-1', 'parameters', 'MACs', 'one image']) expect(stdout).toContain(row);
  expect(stderr).toContain('Round 1: 7 blocks');
});

test.each<[string, string[], number, RegExp]>([
  ['a negative limit', [shipped, 'x.safetensors', images, '--max-loss', '-1'], 2, /Expected percentage points of accuracy, 0 to 100/],
  ['another kind of file', [shipped, 'x.pth', images], 2, /let x\.pth end in \.safetensors/],
  ['images that are not there', [shipped, 'x.safetensors', join(folder, 'nowhere')], 1, /there is no such folder/],
  ['weights that are not there', [join(folder, 'no.pth'), 'x.safetensors', images], 1, /no\.pth/],
])('%s is refused, and nothing is written', async (_, args, exit, message) => {
  const out = join(folder, 'never.safetensors');
  const { code, stderr, leaked } = await recorded(['slim', ...args.map((arg) => (arg === 'x.safetensors' ? out : arg))]);
  expect([code, leaked]).toEqual([exit, 0]);
  expect(stderr).toMatch(message);
  expect(existsSync(out)).toBe(false);
});

test('writes over nothing without --force', async () => {
  const { code, stderr } = await recorded(['slim', shipped, shipped, images]);
  expect(code).toBe(1);
  expect(stderr).toContain('already there. Write over with --force');
});
