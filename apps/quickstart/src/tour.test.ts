import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tour } from './tour.ts';

interface Visit {
  readonly code: number;
  readonly text: string;
}

let folder: string;
let piped: Visit;
let narrow: Visit;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resnetjs-tour-'));
  piped = await watched({});
  narrow = await watched({}, { isTTY: true, columns: 60, hasColors: () => true });
});
afterAll(() => rm(folder, { recursive: true }));

/** The whole tour, but for most of the training: `npm start` is how to see it to its end. */
async function watched(env: Record<string, string>, terminal: object = {}): Promise<Visit> {
  const chunks: string[] = [];
  const screen = Object.assign(new PassThrough(), terminal);
  screen.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const code = await tour({ stdout: screen, stderr: screen, env }, { folder: join(folder, 'run'), trainingSteps: 20 });
  return { code, text: chunks.join('') };
}

test('classifies both photos, describes a ResNet-50, trains a ResNet-8, reads a digit with it and says what is next', async () => {
  const { code, text } = piped;
  expect(code).toBe(0);
  expect(text).toMatch(/chelsea\.png\n {2}cat +100\.0 % {2}█+\n/);
  expect(text).toMatch(/rocket\.jpg\n {2}ship +100\.0 % {2}█+\n/);
  expect(text).toContain('25,557,032');
  expect(text).toMatch(/top-1 \d+\.\d+ % of 10,000 images/);
  expect(text).toMatch(/▓█.*\n/); // the digit itself
  expect(text).toMatch(/a-2\.png\n {2}\d +\d+\.\d %/);
  expect(text).toContain('npx resnet predict photo.jpg');
  expect(await readdir(join(folder, 'run'))).toEqual(expect.arrayContaining(['a-2.png', 'model.safetensors', 'report.html']));
});

test('is honest about the rocket', () => {
  expect(piped.text.replaceAll('\n', ' ')).toContain(
    'The rocket is not, and cannot be: this network knows the ten classes of CIFAR-10 and no other',
  );
});

test('fits a narrow terminal but for the table, with colours only where they are wanted', () => {
  expect(narrow.text).toContain('\u001b[');
  expect(piped.text).not.toContain('\u001b[');
  const [told = ''] = stripVTControlCharacters(narrow.text).split('What is a ResNet-50');
  const paragraphs = told.split('\n').filter((line) => !line.includes('photos/'));
  expect(Math.max(...paragraphs.map((line) => line.length))).toBeLessThanOrEqual(75);
});
