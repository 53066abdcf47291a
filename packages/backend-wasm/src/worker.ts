import { WORKER_SOURCE } from './worker-source.ts';

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

/** Starts a worker and waits until it looks for work. It never keeps a Node process alive. */
export function startWorker(start: WorkerStart): Promise<KernelWorker> {
  return typeof process !== 'undefined' && process.versions?.node ? startInNode(start) : startInPage(start);
}

function startInNode(start: WorkerStart): Promise<KernelWorker> {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  return new Promise((resolve, reject) => {
    // Its own empty environment: options such as --input-type would break the text it starts from.
    const worker = new Worker(WORKER_SOURCE, { eval: true, workerData: start, execArgv: [] });
    worker.once('error', reject);
    worker.once('message', () => {
      worker.unref();
      resolve({ terminate: () => void worker.terminate() });
    });
  });
}

function startInPage(start: WorkerStart): Promise<KernelWorker> {
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
  return new Promise((resolve, reject) => {
    const worker = new Worker(url);
    worker.onerror = (event) => reject(new Error(event.message || 'the worker did not start'));
    worker.onmessage = () => {
      URL.revokeObjectURL(url);
      resolve({ terminate: () => worker.terminate() });
    };
    worker.postMessage(start);
  });
}
