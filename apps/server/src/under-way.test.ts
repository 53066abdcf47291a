import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { useWasm } from '@resnetjs/backend-wasm';
import { loadNetwork } from '@resnetjs/network';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { photo, smallNetwork, temporaryFolder } from './checkpoint.testing.ts';
import { startWorker, type WorkerChannel } from './models/worker-channel.ts';
import type { ServerOptions } from './options.ts';
import { createServer, type ResnetServer } from './server.ts';

// Workers load networks, again and again, on machines that are busy with other tests.
vi.setConfig({ testTimeout: 60_000 });

const folder = temporaryFolder();
const cat = readFileSync(photo('chelsea.png'));
let [one, two]: string[] = [];
let [answerOfOne, answerOfTwo]: string[] = [];
let server: ResnetServer | undefined;

beforeAll(async () => {
  [one, two] = [await smallNetwork(join(folder, 'one.safetensors')), await smallNetwork(join(folder, 'two.safetensors'), -1)];
  await useWasm({ threads: 1 });
  [answerOfOne, answerOfTwo] = await Promise.all(
    [one, two].map(async (source) => {
      const network = await loadNetwork(source);
      const answer = JSON.stringify(await network.classify(cat));
      network.dispose();
      return answer;
    }),
  );
  expect(answerOfOne).not.toBe(answerOfTwo);
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A server whose workers can be ended from here. */
async function started(options: ServerOptions): Promise<{ address: string; workers: WorkerChannel[] }> {
  const workers: WorkerChannel[] = [];
  server = await createServer(
    { threads: 1, queue: 100, logLevel: 'silent', maxDelayMs: 0, ...options },
    {
      startWorker() {
        const worker = startWorker(options.isolation ?? 'threads');
        workers.push(worker);
        return worker;
      },
    },
  );
  return { address: await server.listen({ port: 0 }), workers };
}

/** Asks, six at a time, until it is told to stop. @returns every answer */
function load(address: string): { readonly answers: string[]; stop(): Promise<void> } {
  const answers: string[] = [];
  let isOver = false;
  const client = async (): Promise<void> => {
    while (!isOver) {
      const response = await fetch(`${address}/classify`, { method: 'POST', body: cat, headers: { 'content-type': 'image/png' } });
      const body = (await response.json()) as { predictions?: unknown; error?: string };
      answers.push(response.status === 200 ? JSON.stringify(body.predictions) : `${response.status} ${body.error}`);
    }
  };
  const clients = Array.from({ length: 6 }, client);
  return {
    answers,
    async stop() {
      isOver = true;
      await Promise.all(clients);
    },
  };
}

const kinds = (answers: readonly string[]): string[] =>
  [...new Set(answers)].map((answer) => (answer === answerOfOne ? 'one' : answer === answerOfTwo ? 'two' : answer));

/** Until so many more answers have come. */
const more = (answers: readonly string[], count: number): Promise<void> => {
  const enough = answers.length + count;
  return vi.waitFor(() => expect(answers.length).toBeGreaterThanOrEqual(enough), { timeout: 40_000, interval: 20 });
};

test.each([
  ['a file that another is put in the place of', () => renameSync(copy(two as string, 'next'), join(folder, 'served/net.safetensors'))],
  [
    'a new version in place of the old',
    () => {
      mkdirSync(join(folder, 'served/net/2'), { recursive: true });
      copyFileSync(two as string, join(folder, 'served/net/2/net.safetensors'));
      rmSync(join(folder, 'served/net.safetensors'));
    },
  ],
])('no request is lost, and none answered wrongly, while a network is swapped under load: %s', async (_, swap) => {
  rmSync(join(folder, 'served'), { recursive: true, force: true });
  mkdirSync(join(folder, 'served'));
  copyFileSync(one as string, join(folder, 'served/net.safetensors'));
  const { address } = await started({ folder: join(folder, 'served'), workers: 2 });
  const { answers, stop } = load(address);
  await more(answers, 10);
  expect(kinds(answers)).toEqual(['one']);
  swap();
  expect(await server?.reload()).toEqual([]);
  await vi.waitFor(() => expect(answers.at(-1)).toBe(answerOfTwo), { timeout: 20_000 });
  await more(answers, 10);
  await stop();
  expect(kinds(answers)).toEqual(['one', 'two']);
});

const copy = (from: string, name: string): string => {
  const path = join(folder, name);
  copyFileSync(from, path);
  return path;
};

test('no request is lost when a thread ends under load, and another takes its place', async () => {
  const { address, workers } = await started({ models: [{ name: 'net', source: one as string }], workers: 2 });
  const { answers, stop } = load(address);
  await more(answers, 10);
  await workers[0]?.end();
  await more(answers, 20);
  await vi.waitFor(() => expect(server?.models.find('net').current?.live).toBe(2), { timeout: 40_000 });
  await stop();
  expect(kinds(answers)).toEqual(['one']);
  expect(workers).toHaveLength(3);
});

test('no request is lost when the system kills a process that computes, and another takes its place', async () => {
  const { address, workers } = await started({ models: [{ name: 'net', source: one as string }], workers: 2, isolation: 'processes' });
  const { answers, stop } = load(address);
  await more(answers, 10);
  process.kill(workers[0]?.pid as number, 'SIGKILL');
  await more(answers, 20);
  await vi.waitFor(() => expect(server?.models.find('net').current?.live).toBe(2), { timeout: 40_000 });
  await stop();
  expect(kinds(answers)).toEqual(['one']);
  expect(workers.map(({ pid }) => pid)).toHaveLength(3);
  const metrics = await (await fetch(`${address}/metrics`)).text();
  expect(metrics).toMatch(/^resnet_workers_lost_total\{model="net",version="1"\} 1$/m);
});

test('what images are too many at once are computed together where that is asked for, and are the same', async () => {
  const { address } = await started({ models: [{ name: 'net', source: one as string, batch: 4 }], workers: 1 });
  const { answers, stop } = load(address);
  await more(answers, 12);
  await stop();
  expect(kinds(answers)).toEqual(['one']);
});

test('a network that is not there is an error that names it, and nothing is left running', async () => {
  await expect(started({ models: [{ name: 'net', source: join(folder, 'nowhere.safetensors') }], workers: 1 })).rejects.toThrow(
    /^net, version 1: cannot be loaded\. .*nowhere\.safetensors/,
  );
});
