import { Worker } from 'node:worker_threads';
import type { FromWorker, WorkerHandle } from '../batches/worker-message.ts';

/** Starts a thread that prepares batches. */
export function startWorker(): WorkerHandle {
  // Run from the sources (tests of this workspace), Node 20 cannot load a .ts worker: the built one serves,
  // without the flags that make the process resolve to sources.
  const worker = import.meta.url.endsWith('.ts')
    ? new Worker(new URL('../../dist/workers/node-worker.js', import.meta.url), { execArgv: [] })
    : new Worker(new URL('./node-worker.js', import.meta.url));
  return {
    post: (message) => worker.postMessage(message),
    listen(onMessage, onFailure) {
      worker.on('message', (message: FromWorker) => onMessage(message));
      worker.on('error', onFailure);
      worker.on('exit', (code) => onFailure(new Error(`it exited with code ${code}`)));
    },
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
    end: async () => {
      await worker.terminate();
    },
  };
}
