import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, noRedis, type TestRedis, testRedis } from '@resnetjs/testing/redis-server';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';
import { clusterWorker } from './cluster.ts';

// As it is built: workers are programs that can be killed.
const resnet = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const root = temporaryFolder();
const photos = join(root, 'photos');

describe.skipIf(noRedis)(`resnet cluster${noRedis ? ` (skipped: ${noRedis})` : ''}`, () => {
  let redis: TestRedis;
  const workers: ChildProcess[] = [];
  beforeAll(async () => {
    redis = await testRedis();
    mkdirSync(photos);
    for (let i = 0; i < 300; i++) writeFileSync(join(photos, `${String(i).padStart(3, '0')}.ppm`), i === 150 ? 'no picture' : picture(i));
  });
  afterAll(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await redis.stop();
  });

  /** Starts a worker, and waits until it has done a job. */
  async function worker(): Promise<ChildProcess> {
    const started = spawn(process.execPath, [resnet, 'cluster', 'worker', '--threads', '1', '--stalled-after', '1', '--redis', redis.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    workers.push(started);
    for await (const line of createInterface({ input: started.stdout })) if (/job .*images\/s/.test(line)) break;
    started.stdout.resume();
    return started;
  }

  test('says of each photo what `resnet predict` says, to the byte, though a worker and Redis are killed meanwhile', {
    timeout: 120_000,
  }, async () => {
    const out = join(root, 'results');
    const predicting = recorded(['cluster', 'predict', photos, '--out', out, '--per-job', '10', '--top', '2', '--redis', redis.url]);
    const first = await worker();
    first.kill('SIGKILL');
    await once(first, 'exit');
    const second = await worker();
    await redis.kill();
    await redis.start();
    const { code, stdout, stderr } = await predicting;
    expect(stderr).toContain('1 of 300 images could not be read');
    expect(code).toBe(3);
    expect(stdout).toMatch(/results: 300 images in \d+ results, listed by runs\/[0-9a-f]{12}\.json/);
    const results = readdirSync(join(out, 'results')).map((name) => readFileSync(join(out, 'results', name), 'utf8'));
    const alone = join(root, 'alone.jsonl');
    await promisify(execFile)(process.execPath, [resnet, 'predict', '.', '--top', '2', '--out', alone], { cwd: photos }).catch(({ code }) =>
      expect(code).toBe(3),
    );
    expect(lines(results.join(''))).toEqual(lines(readFileSync(alone, 'utf8')));

    const { stdout: status } = await recorded(['cluster', 'status', '--redis', redis.url]);
    expect(status).toMatch(/100\.0 % +300\/300 +1 +0 +done/);
    const { runs } = JSON.parse((await recorded(['cluster', 'status', '--json', '--redis', redis.url])).stdout);
    expect(runs).toMatchObject([{ images: 300, imagesDone: 300, unreadable: 1, failed: [] }]);
    second.kill('SIGTERM');
    expect((await once(second, 'exit'))[0]).toBe(0);
  });

  test('where no Redis answers, each of its commands says so and how to start one', async () => {
    const url = `redis://:s3cret@127.0.0.1:${await freePort()}`;
    for (const args of [['predict', photos, '--out', join(root, 'none')], ['worker'], ['status']]) {
      const { code, stderr } = await recorded(['cluster', ...args, '--redis', url]);
      expect(code).toBe(1);
      expect(stderr).toContain('no Redis answers there. Start one with: redis-server --appendonly yes');
      expect(stderr).not.toContain('s3cret');
    }
  });
});

test.each([
  [['cluster', 'predict', 'photos'], "required option '-o, --out <dest>' not specified"],
  [
    ['cluster', 'predict', 'photos', '--out', 'x', '--embeddings', '--top', '1'],
    "option '--embeddings' cannot be used with option '-k, --top <n>'",
  ],
  [['cluster', 'worker', '--threads', '0'], 'Expected a whole number from 1.'],
])('%j is wrong usage', async (args, message) => {
  const { code, stderr } = await recorded(args);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});

test('without its package says how to install it', async () => {
  const load = vi
    .fn()
    .mockRejectedValue(Object.assign(new Error("Cannot find package '@resnetjs/cluster'"), { code: 'ERR_MODULE_NOT_FOUND' }));
  const terminal = { stdout: process.stdout, stderr: process.stderr, env: {} };
  await expect(clusterWorker({ stalledAfter: 30 }, terminal, load)).rejects.toThrow('npm install @resnetjs/cluster');
});

const lines = (text: string): string[] => text.trimEnd().split('\n').sort();

function picture(seed: number): Uint8Array {
  const pixels = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => Math.imul(seed + 1, 2654435761 + i * 40503) >>> 24);
  return Buffer.concat([Buffer.from('P6 8 8 255\n'), pixels]);
}
