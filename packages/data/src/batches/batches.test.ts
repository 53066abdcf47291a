import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrayDataset } from '../datasets/array-dataset.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { imageFolder } from '../datasets/image-folder.ts';
import { imagenet } from '../preprocessing-spec.ts';
import { randomHorizontalFlip } from '../transforms/random-changes.ts';
import { randomCrop, randomResizedCrop } from '../transforms/random-crops.ts';
import { compose } from '../transforms/transform.ts';
import type { Batch } from './batch.ts';
import { type BatchOptions, batches } from './batches.ts';
import { classBalanced, repeatedAugmentation } from './sampler.ts';

const home = fileURLToPath(new URL('../..', import.meta.url));
let root: string;
let photos: Dataset;

beforeAll(async () => {
  // Workers run the built package (Node 20 loads no TypeScript): turbo builds it before tests; by hand, this does.
  if (!existsSync(join(home, 'dist/workers/node-worker.js'))) execFileSync('npx', ['tsdown'], { cwd: home });
  root = await mkdtemp(join(tmpdir(), 'batches-'));
  const names = [
    '420.jpg',
    'rgb.png',
    'lossy.webp',
    'grey.jpg',
    'progressive.jpg',
    'rgba.png',
    'palette.png',
    'rgb.bmp',
    'cmyk.jpg',
    'orientation-6.jpg',
  ];
  for (const [i, name] of names.entries()) {
    const folder = join(root, i % 2 ? 'odd' : 'even');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${i}-${name}`), await readFile(join(home, 'golden/files', name)));
  }
  photos = await imageFolder(root);
});
afterAll(() => rm(root, { recursive: true }));

const collect = async (dataset: Dataset, options: BatchOptions) => {
  const all: Batch[] = [];
  for await (const batch of batches(dataset, options)) all.push(batch);
  return all;
};
/** `length` one-pixel images whose value is their index; labels are index modulo 3. */
const numbers = (length: number) =>
  arrayDataset(
    Array.from({ length }, (_, i) => ({ width: 1, height: 1, data: new Uint8Array(3).fill(i) })),
    Array.from({ length }, (_, i) => i % 3),
    ['a', 'b', 'c'],
  );
const indicesOf = (all: Batch[]) => all.map(({ indices }) => [...indices]);

describe('the order of samples', () => {
  test('without shuffling it is the dataset’s, and the last batch is smaller', async () => {
    const all = await collect(numbers(5), { batchSize: 2 });
    expect(indicesOf(all)).toEqual([[0, 1], [2, 3], [4]]);
    expect(all.map(({ shape }) => shape)).toEqual([
      [2, 1, 1, 3],
      [2, 1, 1, 3],
      [1, 1, 1, 3],
    ]);
    expect([...(all[1] as Batch).images, ...(all[1] as Batch).labels]).toEqual([2, 2, 2, 3, 3, 3, 2, 0]);
    expect(indicesOf(await collect(numbers(5), { batchSize: 2, dropLast: true }))).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  test('shuffled, each epoch has every sample once, in an order of its own that the seed repeats', async () => {
    const run = (seed: number) => collect(numbers(20), { batchSize: 20, shuffle: true, epochs: 2, seed });
    const [first, second] = indicesOf(await run(1)) as [number[], number[]];
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(second).not.toEqual(first);
    expect(indicesOf(await run(1))).toEqual([first, second]);
    expect(indicesOf(await run(2))).not.toEqual([first, second]);
  });

  test('a class-balanced sampler draws rare classes as often as others', async () => {
    const labels = Array.from({ length: 1000 }, (_, i) => (i < 50 ? 1 : 0));
    const rare = arrayDataset(
      Array.from({ length: 1000 }, () => ({ width: 1, height: 1, data: new Uint8Array(3) })),
      labels,
    );
    const [batch] = await collect(rare, { batchSize: 1000, sampler: classBalanced });
    const drawn = batch?.labels.reduce((sum, label) => sum + label, 0) as number;
    expect(Math.abs(drawn - 500)).toBeLessThan(65); // 4 standard deviations
  });

  test('repeated augmentation brings each drawn sample several times', async () => {
    const [batch] = await collect(numbers(10), { batchSize: 10, sampler: repeatedAugmentation(2) });
    const indices = [...(batch as Batch).indices];
    expect(indices.filter((_, i) => i % 2 === 0)).toEqual(indices.filter((_, i) => i % 2 === 1));
    expect(new Set(indices).size).toBe(5);
  });
});

describe('files, decoded and augmented', () => {
  const options: BatchOptions = {
    batchSize: 3,
    shuffle: true,
    seed: 7,
    epochs: 2,
    augment: compose(randomResizedCrop(16), randomHorizontalFlip()),
    normalization: imagenet,
  };

  test('the same batches come out whatever the number of workers', async () => {
    const own = await collect(photos, options);
    expect(own).toHaveLength(8);
    expect(own[0]?.shape).toEqual([3, 16, 16, 3]);
    for (const workers of [1, 2, 3]) {
      const theirs = await collect(photos, { ...options, workers });
      expect(theirs).toEqual(own);
    }
  });

  test('epochs augment otherwise', async () => {
    const all = await collect(photos, { ...options, shuffle: false, batchSize: 10 });
    expect(all[0]?.indices).toEqual(all[1]?.indices);
    expect(all[0]?.images).not.toEqual(all[1]?.images);
  });

  test.each([0, 2])('a run resumes in the middle of an epoch, with %d workers', async (workers) => {
    const whole = await collect(photos, options);
    for (const stopAt of workers ? [3] : [1, 3, 4, 6]) {
      const first = batches(photos, { ...options, workers });
      for (let i = 0; i < stopAt; i++) await first.next();
      const state = JSON.parse(JSON.stringify(first.state()));
      await first.return?.();
      expect(await collect(photos, { ...options, workers, resume: state })).toEqual(whole.slice(stopAt));
    }
  });

  test('a broken file ends the run by name, or is reported and left out', async () => {
    const broken = join(root, 'even', '4-progressive.jpg');
    const bytes = await readFile(broken);
    await writeFile(broken, bytes.subarray(0, 300));
    try {
      for (const workers of [0, 2]) {
        await expect(collect(photos, { ...options, workers })).rejects.toThrow(/4-progressive\.jpg: the jpeg is broken/);
        const reports: string[] = [];
        const all = await collect(photos, {
          ...options,
          epochs: 1,
          workers,
          onBroken: ({ path, error }) => reports.push(`${path} ${error.name}`),
        });
        expect(reports).toEqual([`${broken} ImageError`]);
        expect(all.reduce((sum, { shape }) => sum + shape[0], 0)).toBe(9);
        expect(all.flatMap(({ indices }) => [...indices])).not.toContain(2);
      }
    } finally {
      await writeFile(broken, bytes);
    }
  });

  describe('where some cannot be read', () => {
    /** Those of `photos`, of which the second, fourth and fifth are no pictures; of one kind of dataset or the other. */
    const withBroken = (kind: 'by path' | 'by get'): Dataset => {
      const broken = new Set([1, 3, 4]);
      const path = (index: number) => (broken.has(index) ? join(root, `no-${index}.jpg`) : (photos.source?.(index).path as string));
      const label = (index: number) => photos.label?.(index) as number;
      const get = async (index: number) =>
        broken.has(index) ? Promise.reject(new Error(`no picture ${index}`)) : { ...(await photos.get(index)), label: label(index) };
      return { length: 10, get, ...(kind === 'by path' && { label, source: (index) => ({ label: label(index), path: path(index) }) }) };
    };
    const run = async (kind: 'by path' | 'by get', more: BatchOptions) => {
      const reports: number[] = [];
      const all = await collect(withBroken(kind), { ...options, onBroken: ({ index }) => reports.push(index), ...more });
      return { all, reports };
    };

    test.each([
      ['by path', 0],
      ['by path', 2],
      ['by get', 0],
    ] as const)('the others come when and as they would have come: %s, %d workers', async (kind, workers) => {
      const { all, reports } = await run(kind, { workers });
      const whole = await collect(photos, options);
      const rows = (batches: readonly Batch[]) =>
        batches.flatMap(({ indices, images, labels, epoch }) =>
          Array.from(indices, (index, n) => ({ index, epoch, label: labels[n], pixels: images.slice(n * 768, (n + 1) * 768) })),
        );
      const readable = rows(whole).filter(({ index }) => ![1, 3, 4].includes(index));
      expect(rows(all)).toEqual(readable);
      for (const { shape, indices, labels, images } of all) {
        expect([indices.length, labels.length, images.length / 768]).toEqual([shape[0], shape[0], shape[0]]);
        expect(shape[0]).toBeGreaterThan(0);
      }
      // once an epoch, in the order of the epoch
      const order = whole.flatMap(({ indices }) => [...indices]).filter((index) => [1, 3, 4].includes(index));
      expect(reports).toEqual(order);
    });

    test.each([0, 2])('a run resumes anywhere, with %d workers', async (workers) => {
      const { all: whole } = await run('by path', {});
      for (let stopAt = 1; stopAt < whole.length; stopAt += workers ? 3 : 1) {
        const first = batches(withBroken('by path'), { ...options, workers, onBroken: () => {} });
        for (let i = 0; i < stopAt; i++) await first.next();
        const state = first.state();
        await first.return?.();
        expect((await run('by path', { workers, resume: state })).all).toEqual(whole.slice(stopAt));
      }
    });

    test('a batch that is left with fewer images than asked for is left out, and the last one alike', async () => {
      const { all } = await run('by path', { batchSize: 2, shuffle: false, epochs: 1, smallest: 2 });
      expect(indicesOf(all)).toEqual([
        [6, 7],
        [8, 9],
      ]);
      expect(indicesOf(await collect(numbers(5), { batchSize: 2, smallest: 2, epochs: 2 }))).toEqual([
        [0, 1],
        [2, 3],
        [0, 1],
        [2, 3],
      ]);
      expect(() => batches(photos, { batchSize: 2, smallest: 3 })).toThrow("no batch of 2 has the 3 images that 'smallest' asks for");
    });

    test('a run of which no epoch has anything left ends, with an error where more epochs were to come', async () => {
      const none = { ...withBroken('by get'), get: () => Promise.reject(new Error('none')) };
      expect(await collect(none, { onBroken: () => {} })).toEqual([]);
      await expect(collect(none, { onBroken: () => {}, epochs: Number.MAX_SAFE_INTEGER })).rejects.toThrow(
        'nothing is left of an epoch of 10 samples',
      );
    });

    test('what onBroken throws ends the run', async () => {
      const onBroken = ({ index }: { index: number }) => {
        throw new Error(`enough at ${index}`);
      };
      await expect(run('by path', { shuffle: false, onBroken })).rejects.toThrow('enough at 1');
    });

    test('a picture that a crop cannot take is left out, but a transform that is at fault ends the run', async () => {
      const { reports } = await run('by path', { shuffle: false, epochs: 1, augment: randomCrop(10_000) });
      expect(reports).toHaveLength(10);
      const faulty = () => (undefined as unknown as { augment: never }).augment;
      await expect(run('by path', { augment: faulty })).rejects.toThrow(TypeError);
    });
  });

  test('images of two sizes in one batch are refused by name', async () => {
    const mixed = arrayDataset(
      [
        { width: 1, height: 1, data: new Uint8Array(3) },
        { width: 2, height: 1, data: new Uint8Array(6) },
      ],
      [0, 0],
    );
    await expect(collect(mixed, {})).rejects.toThrow('sample 0 is 1x1 and sample 1 is 2x1. Let augment crop or resize them.');
  });
});

describe('ending', () => {
  const handles = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
  const crop = randomCrop(29, { padding: 4 });

  test('a break, an error and an abort end the workers', async () => {
    const before = handles();
    for await (const _ of batches(photos, { batchSize: 2, workers: 2, augment: crop })) break;
    await expect(
      (async () => {
        for await (const _ of batches(photos, { batchSize: 2, workers: 2, augment: crop })) throw new Error('of the caller');
      })(),
    ).rejects.toThrow('of the caller');

    const controller = new AbortController();
    const running = batches(photos, { batchSize: 2, workers: 2, augment: crop, epochs: 1000, signal: controller.signal });
    await running.next();
    const pending = (async () => {
      for await (const _ of running);
    })();
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(pending).rejects.toThrow('enough');
    expect(handles()).toBe(before);
  });

  test('no more batches are prepared ahead than asked for', async () => {
    let asked = 0;
    const counting: Dataset = {
      ...numbers(100),
      source: (index) => {
        asked++;
        return { label: 0, image: { width: 1, height: 1, data: new Uint8Array(3).fill(index) } };
      },
    };
    const run = batches(counting, { batchSize: 5, prefetch: 3 });
    for (let taken = 1; taken <= 4; taken++) {
      await run.next();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(asked).toBe((taken + 2) * 5);
    }
  });

  test('what cannot work is refused at once', async () => {
    expect(() => batches(photos, { batchSize: 0, workers: -1 })).toThrow(/received batchSize 0, workers -1/);
    const own = batches(photos, {
      workers: 1,
      augment: function zoom(image) {
        return image;
      },
    });
    await expect(own.next()).rejects.toThrow(/the transform zoom is a function of your own, which cannot be sent to workers/);
    expect(() => batches(photos, { seed: 1, resume: { seed: 2, epoch: 0, position: 0 } })).toThrow(/has seed 2, but the options have 1/);
  });
});
