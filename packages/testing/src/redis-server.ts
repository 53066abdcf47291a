import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Why tests that need a Redis are skipped; `false` where there is one. */
export const noRedis: string | false =
  spawnSync('redis-server', ['--version']).status === 0 ? false : 'no redis-server here: Debian and Homebrew have it';

/** A Redis of a test's own: its port, its folder. */
export interface TestRedis {
  readonly port: number;
  readonly url: string;
  /** As a crash or the kernel would. */
  kill(): Promise<void>;
  /** On the same port, with what its append-only file kept. */
  start(): Promise<void>;
  /** Ends it, and leaves nothing. */
  stop(): Promise<void>;
}

/** Starts a Redis, which the caller stops. */
export async function testRedis(...args: readonly string[]): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'resnet-redis-'));
  const port = await freePort();
  let child: ChildProcess;
  const redis: TestRedis = {
    port,
    url: `redis://127.0.0.1:${port}`,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    async start() {
      const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes', ...args];
      const started = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
      child = started;
      for await (const line of createInterface({ input: started.stdout })) if (line.includes('Ready to accept connections')) break;
      started.stdout.resume();
    },
    async stop() {
      await redis.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await redis.start();
  return redis;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
