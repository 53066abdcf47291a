import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { useWasm } from '@resnetjs/backend-wasm';
import { recognizeCheckpoint } from '@resnetjs/network';
import { leakedTensors } from '@resnetjs/testing';
import { loadCheckpoint } from '@resnetjs/weights';
import { shippedCheckpoint } from 'resnetjs';
import sharp from 'sharp';
import { beforeAll, expect, test, vi } from 'vitest';
import { DIGIT_SIDE, type Digits, decodeDigits } from '../digits/digits.ts';
import { classifierOf } from '../network/classifier.ts';
import type { PhotoClass } from './photo-class.ts';
import { type Trained, type TrainingNews, trainOwn } from './trainer.ts';

// Networks learn photos.
vi.setConfig({ testTimeout: 60_000 });

const sprite = fileURLToPath(new URL('../digits/digits.png', import.meta.url));
const never = new AbortController().signal;
let digits: Digits;

beforeAll(async () => {
  await useWasm();
  digits = await decodeDigits(new Blob([new Uint8Array(readFileSync(sprite))]));
});

/** The n-th photo of a digit. */
async function photo(digit: number, n: number): Promise<File> {
  const raw = { width: DIGIT_SIDE, height: DIGIT_SIDE, channels: 1 } as const;
  const png = await sharp(digits.pixels(10 * n + digit), { raw })
    .png()
    .toBuffer();
  return new File([new Uint8Array(png)], `${digit}-${n}.png`, { type: 'image/png' });
}

const classOf = async (digit: number, name: string, count: number): Promise<PhotoClass> => ({
  name,
  photos: await Promise.all(Array.from({ length: count }, (_, n) => photo(digit, n))),
});

const broken = new File(['these are notes'], 'notes.png');

test('learns to tell threes from eights, and the file it makes knows photos it has not seen', async () => {
  const classes = [await classOf(3, 'three', 30), await classOf(8, 'eight', 30)];
  const news: TrainingNews[] = [];
  let trained: Trained | undefined;
  const leaked = await leakedTensors(async () => {
    trained = await trainOwn(
      { weights: shippedCheckpoint(), classes, epochs: 8, mirror: false, seed: 1 },
      // As the worker does: what is told must be fit to be posted, all of it.
      async (...told) => {
        news.push(...structuredClone(told));
      },
      never,
    );
  });
  expect(leaked).toBe(0);
  expect(trained).toMatchObject({ trainedOn: 48, heldOut: 12, stopped: false });
  expect(trained?.right).toBeGreaterThanOrEqual(10);
  expect(news.filter(({ type }) => type === 'step')).toHaveLength(8 * 3);

  const checkpoint = await loadCheckpoint(trained?.checkpoint as Blob);
  expect(checkpoint.manifest).toMatchObject({ architecture: 'resnet20_cifar', config: { classes: 2 }, labels: ['three', 'eight'] });
  expect(checkpoint.manifest?.accuracy?.images).toBe(12);
  const classifier = await classifierOf(recognizeCheckpoint(checkpoint), checkpoint.manifest);
  let right = 0;
  for (let n = 100; n < 120; n++)
    for (const [digit, name] of [
      [3, 'three'],
      [8, 'eight'],
    ] as const) {
      const { predictions } = await classifier.classify(await photo(digit, n), 'digit.png');
      if (predictions[0]?.label === name) right++;
    }
  classifier.dispose();
  expect(right).toBeGreaterThanOrEqual(32); // of 40; guessing gets 20
});

test('a file that is no image is told and left out', async () => {
  const [three, eight] = [await classOf(3, 'three', 3), await classOf(8, 'eight', 2)];
  const news: TrainingNews[] = [];
  const trained = await trainOwn(
    {
      weights: shippedCheckpoint(),
      classes: [{ ...three, photos: [...three.photos, broken] }, eight],
      epochs: 1,
      mirror: true,
      seed: 1,
    },
    async (event) => {
      news.push(event);
    },
    never,
  );
  const told = news.find(({ type }) => type === 'broken');
  expect(told).toMatchObject({ photo: 'notes.png', className: 'three' });
  expect(trained.trainedOn + trained.heldOut).toBe(5);
});

test('a class whose photos cannot be read ends it before anything is trained, and leaks nothing', async () => {
  const classes = [await classOf(3, 'three', 3), { name: 'notes', photos: [broken, broken] }];
  const leaked = await leakedTensors(() =>
    expect(trainOwn({ weights: shippedCheckpoint(), classes, epochs: 1, mirror: true, seed: 1 }, async () => {}, never)).rejects.toThrow(
      'notes: fewer than two photos could be read',
    ),
  );
  expect(leaked).toBe(0);
});

test('stopped in the middle, it keeps what it has learned', async () => {
  const classes = [await classOf(3, 'three', 10), await classOf(8, 'eight', 10)];
  const stop = new AbortController();
  const trained = await trainOwn(
    { weights: shippedCheckpoint(), classes, epochs: 10, mirror: false, seed: 1 },
    async (event) => {
      if (event.type === 'step' && event.step === 3) stop.abort();
    },
    stop.signal,
  );
  expect(trained.stopped).toBe(true);
  expect((await loadCheckpoint(trained.checkpoint)).manifest?.labels).toEqual(['three', 'eight']);
});
