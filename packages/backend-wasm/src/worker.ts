import { NODE_WORKER_SOURCE, PAGE_WORKER_SOURCE } from './worker-source.ts';

/** A thread that was started, in Node or in a page. */
export interface KernelWorker {
  terminate(): void;
}

/** What a worker is given. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  readonly kernels: readonly string[];
  /** 1 for the first worker; the calling thread is 0. */
  readonly thread: number;
}

/** A worker starts in 0.1 s; where it has not after this time it never will. */
const START_MS = 20_000;

/**
 * Starts a worker and waits until it looks for work. It never keeps a Node process alive.
 *
 * @throws Error if it does not start, whatever the reason
 */
export async function startWorker(start: WorkerStart): Promise<KernelWorker> {
  const begin = typeof process !== 'undefined' && process.versions?.node ? startInNode : startInPage;
  let worker: { terminate(): unknown } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`a worker did not start within ${START_MS / 1000} s`)), START_MS);
      worker = begin(start, resolve, reject);
    });
  } catch (error) {
    worker?.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return { terminate: () => void worker?.terminate() };
}

type Fail = (error: Error) => void;

function startInNode(start: WorkerStart, ready: () => void, fail: Fail): { terminate(): unknown } {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  // Its own empty environment: options such as --input-type would break the text it starts from.
  const worker = new Worker(NODE_WORKER_SOURCE, { eval: true, workerData: start, execArgv: [] });
  worker.once('error', fail);
  worker.once('messageerror', fail);
  worker.once('exit', (code) => fail(new Error(`a worker ended with code ${code} before it started`)));
  worker.once('message', () => {
    worker.unref();
    ready();
  });
  return worker;
}

function startInPage(start: WorkerStart, ready: () => void, fail: Fail): { terminate(): unknown } {
  const url = URL.createObjectURL(new Blob([PAGE_WORKER_SOURCE], { type: 'text/javascript' }));
  const worker = new Worker(url);
  // Without a message: the page's policy forbids workers from blobs.
  worker.onerror = (event) =>
    fail(new Error(event.message || "the page's Content-Security-Policy may forbid workers from blobs (worker-src blob:)"));
  worker.onmessageerror = () => fail(new Error('a worker could not receive its memory'));
  worker.onmessage = () => {
    URL.revokeObjectURL(url);
    ready();
  };
  worker.postMessage(start);
  return worker;
}
