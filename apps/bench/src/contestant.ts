import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Message, System, SystemName, Workload } from './protocol.ts';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const COMMANDS: Record<SystemName, (node: string) => [command: string, script: string]> = {
  'resnet.js': (node) => [node, file('./contestants/resnetjs.js')],
  'resnet.js-int8': (node) => [node, file('./contestants/resnetjs-int8.js')],
  'tfjs-wasm': (node) => [node, file('./contestants/tfjs-wasm.js')],
  'onnxruntime-web': (node) => [node, file('./contestants/onnxruntime-web.js')],
  'onnxruntime-web-int8': (node) => [node, file('./contestants/onnxruntime-web-int8.js')],
  libtensorflow: (node) => [node, file('./contestants/libtensorflow.js')],
  registers: (node) => [node, file('./contestants/registers.js')],
  pytorch: () => [process.env.RESNETJS_PYTHON ?? 'python3', file('../python/contestant.py')],
};

/** A system in a process of its own, that runs the workload when it is told to. */
export class Contestant {
  readonly system: System;
  readonly about: string;
  /** Why it does not take part. */
  readonly absent: string | undefined;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #interface: Interface;

  private constructor(
    system: System,
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: Interface,
    iterator: AsyncIterator<string>,
    first: Message,
  ) {
    this.system = system;
    this.#child = child;
    this.#interface = lines;
    this.#lines = iterator;
    this.about = first.kind === 'ready' ? first.about : '';
    this.absent = first.kind === 'absent' ? first.reason : undefined;
  }

  /** Starts the process and waits until it has warmed up. @param node the Node binary that runs JavaScript systems */
  static async start(system: System, workload: Workload, node: string): Promise<Contestant> {
    const [name, threads = workload.threads] = system.split(':') as [SystemName, string?];
    const [command, script] = COMMANDS[name](node);
    const child = spawn(command, [script, JSON.stringify({ ...workload, threads: Number(threads) })], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const lines = createInterface({ input: child.stdout });
    const iterator = lines[Symbol.asyncIterator]();
    const failed = new Promise<Message>((resolve) => {
      child.once('error', ({ message }) => resolve({ kind: 'absent', reason: message }));
      child.once('exit', () => setTimeout(() => resolve({ kind: 'absent', reason: `${command} ended before it was ready` }), 100));
    });
    return new Contestant(system, child, lines, iterator, await Promise.race([next(iterator), failed]));
  }

  /** Times `count` runs, in milliseconds. */
  async time(count: number): Promise<readonly number[]> {
    this.#child.stdin.write(`${count}\n`);
    const message = await next(this.#lines);
    if (message.kind !== 'ms') throw new Error(`${this.system} stopped: ${JSON.stringify(message)}`);
    return message.values;
  }

  stop(): void {
    this.#interface.close();
    this.#child.kill();
  }
}

async function next(lines: AsyncIterator<string>): Promise<Message> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) return { kind: 'absent', reason: 'it ended without a word' };
    // Libraries may print notices of their own.
    if (value.startsWith('{')) return JSON.parse(value) as Message;
  }
}
