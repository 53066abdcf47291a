import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gradientStudy } from './gradient-study.ts';
import { createProgram } from './program.ts';
import { trainingStudy } from './training-study.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resnetjs-degradation-'));
  // Two classes, told apart by their brightness.
  for (const part of ['train', 'test'])
    for (const [name, grey] of [
      ['dark', 40],
      ['light', 200],
    ] as const) {
      const place = join(folder, 'images', part, name);
      await mkdir(place, { recursive: true });
      for (let i = 0; i < 4; i++)
        await sharp({ create: { width: 32, height: 32, channels: 3, background: { r: grey, g: grey + 5 * i, b: grey } } })
          .png()
          .toFile(join(place, `${i}.png`));
    }
});
afterAll(() => rm(folder, { recursive: true }));

function terminal() {
  const screen = new PassThrough();
  let text = '';
  screen.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  return { stdout: screen, stderr: screen, env: {}, written: () => text };
}

test('networks are trained by one recipe, and drawn; those that are done are not trained again', async () => {
  const out = join(folder, 'study');
  const options = { networks: ['plain20_cifar', 'resnet20_cifar'], out, more: ['--epochs', '2', '--batch-size', '4', '--threads', '1'] };
  const [first, second] = [terminal(), terminal()];
  expect(await trainingStudy(join(folder, 'images'), options, first)).toBe(0);
  const errors = await readFile(join(out, 'errors.csv'), 'utf8');
  expect(
    errors
      .trim()
      .split('\n')
      .map((line) => line.split(',').slice(0, 2).join(' ')),
  ).toEqual(['network epoch', 'plain20_cifar 1', 'plain20_cifar 2', 'resnet20_cifar 1', 'resnet20_cifar 2']);
  for (const line of errors.trim().split('\n').slice(1))
    for (const share of line.split(',').slice(2, 4).map(Number)) expect(share >= 0 && share <= 1).toBe(true);
  const picture = await readFile(join(out, 'errors.svg'), 'utf8');
  expect(picture).toContain('plain20_cifar, training');
  expect(picture).toContain('resnet20_cifar, test');
  const { mtimeMs } = await stat(join(out, 'resnet20_cifar', 'model.safetensors'));
  expect(await trainingStudy(join(folder, 'images'), options, second)).toBe(0);
  expect((await stat(join(out, 'resnet20_cifar', 'model.safetensors'))).mtimeMs).toBe(mtimeMs);
});

test('the command hands options that are not its own to `resnet train`', async () => {
  const [out, config] = [join(folder, 'command'), join(folder, 'recipe.json')];
  await writeFile(config, JSON.stringify({ epochs: 3, seed: 5 }));
  const arguments_ = ['train', join(folder, 'images'), '--networks', 'resnet20_cifar', '--config', config, '--out', out];
  const more = ['--epochs', '1', '--batch-size', '4', '--threads', '1', '--no-flip'];
  await createProgram(terminal()).parseAsync([...arguments_, ...more], { from: 'user' });
  expect(JSON.parse(await readFile(join(out, 'resnet20_cifar', 'recipe.json'), 'utf8'))).toMatchObject({
    epochs: 1,
    batchSize: 4,
    seed: 5,
    flip: false,
  });
});

test('a training that fails ends the study with its exit code', async () => {
  const { written, ...screen } = terminal();
  const options = { networks: ['plain20_cifar'], out: join(folder, 'none') };
  expect(await trainingStudy(join(folder, 'nowhere'), options, screen)).not.toBe(0);
  expect(written()).toContain('there is no such folder');
});

test('every layer of the four networks has a gradient, before and after training', async () => {
  const out = join(folder, 'gradients');
  await gradientStudy(join(folder, 'images'), { steps: 1, batchSize: 4, lr: 0.01, seed: 0, out }, terminal());
  const lines = (await readFile(join(out, 'gradients.csv'), 'utf8')).trim().split('\n').slice(1);
  const counts = new Map<string, number>();
  for (const [network, step, , , norm] of lines.map((line) => line.split(','))) {
    counts.set(`${network} ${step}`, (counts.get(`${network} ${step}`) ?? 0) + 1);
    expect(Number(norm)).toBeGreaterThan(0);
  }
  const layers = { plain: 32, residual: 32, highway: 32, dense: 31 };
  expect(Object.fromEntries(counts)).toEqual(
    Object.fromEntries(Object.entries(layers).flatMap(([network, count]) => [0, 1].map((step) => [`${network} ${step}`, count]))),
  );
});
