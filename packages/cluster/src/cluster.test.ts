import { readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useWasm } from '@resnetjs/backend-wasm';
import { loadNetwork } from '@resnetjs/network';
import { noRedis, type TestRedis, testRedis } from '@resnetjs/testing/redis-server';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PackedNetwork } from './network/packed-network.ts';
import { linesIn, picture, resultsIn, smallNetwork, temporaryFolder, writePictures } from './places.testing.ts';
import { type Predicted, type PredictOptions, predict } from './run/predict.ts';
import { viewCluster } from './run/status.ts';
import { type Worked, work } from './run/work.ts';

const disk = vi.hoisted(() => ({ isFull: false, writes: 0 }));
vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  const open: typeof fs.open = async (...args) => {
    const file = await fs.open(...args);
    if (args[1] !== 'wx') return file;
    disk.writes++;
    const full = async () => {
      await file.write('half of');
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    };
    return disk.isFull ? Object.assign(file, { writeFile: full }) : file;
  };
  return { ...fs, open };
});

const root = temporaryFolder();
const photos = join(root, 'photos');
let names: string[];
let network: PackedNetwork;
let redis: TestRedis;

describe.skipIf(noRedis)(`a cluster${noRedis ? ` (skipped: ${noRedis})` : ''}`, () => {
  beforeAll(async () => {
    await useWasm({ threads: 1, everyOp: false });
    network = await smallNetwork();
    names = writePictures(photos, 120);
    writeFileSync(join(photos, '000/00007.ppm'), 'no picture');
    redis = await testRedis();
  });

  const stops: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    await Promise.all(stops.map((stop) => stop()));
    await redis.stop();
  });

  /** A worker in this process. */
  function working(): { lines: string[]; ended: Promise<Worked>; stop(): Promise<Worked> } {
    const lines: string[] = [];
    const ending = new AbortController();
    const ended = work({ redis: redis.url, say: (line) => lines.push(line), signal: ending.signal, stalledAfterMs: 2000 });
    const stop = () => {
      ending.abort();
      return ended;
    };
    stops.push(() => stop().catch(() => {}));
    return { lines, ended, stop };
  }

  const predicted = (out: string, more: Partial<PredictOptions> = {}, source = photos): Promise<Predicted> =>
    predict(source, out, { redis: redis.url, network, perJob: 20, pollMs: 50, ...more });

  test('classifies each photo once, as the library does; an unreadable one has its reason; and goes on where it was', async () => {
    const out = join(root, 'results');
    const early = await predicted(out, { wait: false, top: 3 });
    expect(early).toMatchObject({ images: 120, imagesDone: 0, isComplete: false });
    const worker = working();
    const progress: number[] = [];
    const all = await predicted(out, { top: 3, onProgress: ({ imagesDone }) => progress.push(imagesDone) });
    expect(all).toMatchObject({ run: early.run, images: 120, imagesDone: 120, unreadable: 1, failed: [], isComplete: true });
    expect(progress.at(-1)).toBe(120);

    const lines = linesIn(out);
    expect(lines.map(({ image }) => image).sort()).toEqual(names);
    expect(lines.find(({ image }) => image === '000/00007.ppm')?.error).toMatch(/^000\/00007\.ppm: not an image/);
    const library = await loadNetwork(network.bytes);
    for (const name of ['000/00000.ppm', '000/00099.ppm', '001/00119.ppm'])
      expect(lines.find(({ image }) => image === name)?.predictions).toEqual(await library.classify(join(photos, name), { top: 3 }));
    library.dispose();

    // The run's list names every result, in the order of the photos.
    const run = JSON.parse(readFileSync(join(out, `runs/${all.run}.json`), 'utf8'));
    expect(run).toMatchObject({ images: 120, unreadable: 1, jobs: all.jobs });
    const parts = run.parts.flatMap((part: string) => readFileSync(join(out, part), 'utf8').trimEnd().split('\n'));
    const ordered = parts.flatMap((part: string) =>
      readFileSync(join(out, JSON.parse(part).result), 'utf8')
        .trimEnd()
        .split('\n'),
    );
    expect(ordered.map((line: string) => JSON.parse(line).image)).toEqual(names);

    // Another worker, all results but one there already, Redis as new: the same bytes.
    const before = resultsIn(out);
    const [gone] = before.keys() as unknown as Iterable<string>;
    rmSync(join(out, 'results', gone as string));
    const admin = new Redis(redis.url);
    await admin.flushall();
    admin.disconnect();
    expect((await predicted(out, { top: 3 })).isComplete).toBe(true);
    expect(resultsIn(out)).toEqual(before);
    const { jobs } = await worker.stop();
    expect(jobs).toBe(all.jobs + 1);
    expect(readdirSync(join(out, '.unfinished'))).toEqual([]);
  });

  test('gives embeddings, and shows what goes on', async () => {
    const out = join(root, 'vectors');
    const view = await viewCluster(redis.url);
    const { run } = await predicted(out, { embeddings: true, wait: false });
    const before = await view.look();
    expect(before.runs.find(({ id }) => id === run)).toMatchObject({ images: 120, imagesDone: 0, isListed: true, secondsLeft: undefined });
    const worker = working();
    await predicted(out, { embeddings: true });
    const after = await view.look();
    expect(after.runs.find(({ id }) => id === run)).toMatchObject({ imagesDone: 120, unreadable: 1, secondsLeft: 0 });
    expect(after.workers).toHaveLength(1);
    await worker.stop();
    expect((await view.look()).workers).toEqual([]);
    await view.close();
    const [first] = linesIn(out).filter(({ image }) => image === '000/00000.ppm');
    const library = await loadNetwork(network.bytes);
    expect(Float32Array.from(first?.embedding ?? [])).toEqual(await library.embed(join(photos, '000/00000.ppm')));
    library.dispose();
  });

  test('a photo that changed after it was listed is no result: its job is given up with the reason, and is done when predict is started again', async () => {
    const [source, out] = [join(root, 'changing'), join(root, 'changed')];
    writePictures(source, 30);
    const early = await predicted(out, { wait: false }, source);
    writeFileSync(join(source, '000/00003.ppm'), picture(1000));
    utimesSync(join(source, '000/00003.ppm'), 1, 1);
    const worker = working();
    const view = await viewCluster(redis.url);
    await vi.waitUntil(async () => (await view.look()).queue.failed === 1, { timeout: 15_000, interval: 50 });
    const { runs } = await view.look();
    expect(runs.find(({ id }) => id === early.run)?.failed).toMatchObject([
      { reason: expect.stringContaining('000/00003.ppm: the file is not the one that was listed') },
    ]);
    await view.close();
    expect(await predicted(out, {}, source)).toMatchObject({ isComplete: true, images: 30, failed: [] });
    await worker.stop();
  });

  test('a worker of another version gives the job back and says both', async () => {
    const out = join(root, 'versions');
    await predicted(out, { wait: false, top: 2 });
    vi.doMock('./network/version.ts', async (original) => ({ ...(await original<object>()), softwareVersion: '9.9.9' }));
    vi.resetModules();
    const other = await import('./run/work.ts');
    await expect(other.work({ redis: redis.url })).rejects.toThrow(
      /this worker is version 9\.9\.9 .*, but the work is for 0\.0\.0 \(rounding [0-9a-f]{8}\)/,
    );
    vi.doUnmock('./network/version.ts');
    const worker = working();
    expect(await predicted(out, { top: 2 })).toMatchObject({ isComplete: true, failed: [] });
    await worker.stop();
  });

  test('photos that vanish, a disk that is full and a Redis that is full are waited for, and nothing is lost', async () => {
    const out = join(root, 'troubles');
    await predicted(out, { wait: false, top: 1 });
    renameSync(photos, `${photos}.away`);
    const worker = working();
    const says = (text: string) => vi.waitUntil(() => worker.lines.some((line) => line.includes(text)), { timeout: 15_000, interval: 20 });
    await says('photos: the folder is not there. Waiting until that is mended.');
    disk.isFull = true;
    renameSync(`${photos}.away`, photos);
    await says('the disk is full. Waiting until that is mended.');
    expect(readdirSync(out)).not.toContain('results');
    const admin = new Redis(redis.url);
    await admin.config('SET', 'maxmemory', '1');
    disk.isFull = false;
    await says('Redis is out of memory');
    await admin.config('SET', 'maxmemory', '0');
    admin.disconnect();
    expect(await predicted(out, { top: 1 })).toMatchObject({ isComplete: true, images: 120, failed: [] });
    expect(
      linesIn(out)
        .map(({ image }) => image)
        .sort(),
    ).toEqual(names);
    await worker.stop();
  });
});
