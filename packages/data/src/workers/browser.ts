import type { FromWorker, WorkerHandle } from '../batches/worker-message.ts';

/** Starts a web worker that prepares batches. Bundlers find its file by this very expression. */
export function startWorker(): WorkerHandle {
  const worker = new Worker(new URL('./browser-worker.js', import.meta.url), { type: 'module' });
  return {
    post: (message) => worker.postMessage(message),
    listen(onMessage, onFailure) {
      worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => onMessage(data));
      worker.addEventListener('error', ({ message }) => onFailure(new Error(message)));
    },
    hold() {}, // a page does not wait for its workers
    end: async () => worker.terminate(),
  };
}
