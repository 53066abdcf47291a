import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { figure } from './server-figures.ts';

/** A server in a process of its own. */
export interface Served {
  readonly address: string;
  readonly child: ChildProcess;
  /** Its memory as the system counts it. */
  rssBytes(): number;
  stop(): Promise<void>;
}

/** Starts a server that says its address in a line: the first in which there is one. */
export async function served(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Served> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
        if (found && said.length < 100) resolve(found);
      });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${said.join('\n')}`)));
  });
  return {
    address,
    child,
    rssBytes: () => rssOf(child.pid as number),
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** `resnet serve`, as it is installed here, when all its workers have the network. */
export async function resnetServe(args: readonly string[], { workers = 2 }: { readonly workers?: number } = {}): Promise<Served> {
  const main = fileURLToPath(new URL('dist/main.js', import.meta.resolve('resnetjs/package.json')));
  const server = await served(process.execPath, [main, 'serve', '--port', '0', '--log-level', 'warn', ...args]);
  while ((await figure(server.address, 'resnet_workers')) < workers) await new Promise((resolve) => setTimeout(resolve, 100));
  return server;
}

/** @returns 0 where the system has no /proc. */
function rssOf(pid: number): number {
  try {
    return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
