import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const resnet = join(dirname(createRequire(import.meta.url).resolve('resnetjs/package.json')), 'dist/main.js');

/** A program, and what it says. */
export interface Program {
  readonly child: ChildProcess;
  /** Resolves at the first line that has `text`; rejects if it ends before. */
  said(text: string): Promise<string>;
  /** Resolves when it has ended, to its exit code. */
  readonly ended: Promise<number | null>;
}

function program(command: string, args: readonly string[]): Program {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const listener of listeners) listener(line);
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return {
    child,
    ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        const before = lines.find((line) => line.includes(text));
        if (before !== undefined) return resolve(before);
        listeners.add((line) => line.includes(text) && resolve(line));
        void ended.then((code) => reject(new Error(`${command} ended with ${code} before it said '${text}'`)));
      }),
  };
}

/** A Redis with its append-only file, which outlives `kill -9` as a real one's does. */
export async function startRedis(folder: string, port: number): Promise<Program> {
  mkdirSync(folder, { recursive: true });
  const redis = program('redis-server', [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'yes',
  ]);
  await redis.said('Ready to accept connections');
  return redis;
}

export const startWorker = (redis: string, args: readonly string[] = []): Program =>
  program(process.execPath, [resnet, 'cluster', 'worker', '--redis', redis, '--threads', '1', ...args]);

export const startPredict = (source: string, out: string, redis: string, args: readonly string[] = []): Program =>
  program(process.execPath, [resnet, 'cluster', 'predict', source, '--out', out, '--redis', redis, ...args]);

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Tells workers to end, and what each said last. */
export async function stopped(workers: readonly Program[]): Promise<string[]> {
  const last = workers.map((worker) => worker.said('ended after'));
  for (const { child } of workers) child.kill('SIGTERM');
  return Promise.all(last);
}
