import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker } from '../worker/protocol.ts';

/** A worker as the server sees it. */
export interface WorkerChannel {
  /** Of a process of its own. */
  readonly pid?: number | undefined;
  post(message: ToWorker): void;
  /** `onGone` is called once, however it ended. */
  listen(onMessage: (message: FromWorker) => void, onGone: (reason: string) => void): void;
  /** Ends it at once, whatever it is doing. */
  end(): Promise<void>;
}

/** Where workers run: in threads of this process, or each in a process of its own. */
export type Isolation = 'threads' | 'processes';

// Run from the sources (tests of this workspace), Node 20 cannot load a .ts worker: the built one serves,
// without the flags that make the process resolve to sources.
const isSource = import.meta.url.endsWith('.ts');
const file = new URL(isSource ? '../../dist/worker/worker.js' : './worker/worker.js', import.meta.url);
const flags = isSource ? { execArgv: [] } : {};

export const startWorker = (isolation: Isolation): WorkerChannel => (isolation === 'threads' ? thread() : separateProcess());

function thread(): WorkerChannel {
  const worker = new Worker(file, { ...flags, name: 'resnet' });
  return {
    post: (message) => worker.postMessage(message),
    listen(onMessage, onGone) {
      const gone = once(onGone);
      worker.on('message', onMessage);
      worker.on('error', (error) => gone(error instanceof Error ? error.message : String(error)));
      worker.on('exit', (code) => gone(`it exited with code ${code}`));
    },
    async end() {
      await worker.terminate();
    },
  };
}

function separateProcess(): WorkerChannel {
  const child = fork(fileURLToPath(file), { ...flags, serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid: child.pid,
    post: (message) => child.connected && child.send(message, () => {}), // that it has ended is told by its end
    listen(onMessage, onGone) {
      const gone = once(onGone);
      child.on('message', (message) => onMessage(message as FromWorker));
      child.on('error', (error) => gone(error.message));
      child.on('exit', (code, signal) => gone(signal ? `it was ended by ${signal}` : `it exited with code ${code}`));
    },
    async end() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function once(call: (reason: string) => void): (reason: string) => void {
  let isCalled = false;
  return (reason) => {
    if (isCalled) return;
    isCalled = true;
    call(reason);
  };
}
