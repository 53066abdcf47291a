import { type Remote, releaseProxy, wrap } from 'comlink';

/** A worker whose functions are called as if they were here. */
export interface WorkerClient<T> {
  /**
   * Calls the worker. Rejects as the function there does, and also if the worker itself cannot be loaded or dies, which
   * leaves calls without an answer otherwise.
   */
  call<R>(use: (worker: Remote<T>) => Promise<R>): Promise<R>;
  /** Ends the worker and what it runs, at once; calls under way are never answered. */
  dispose(): void;
}

/** @param worker one that `expose`s a `T`; belongs to the client from then on. */
export function workerClient<T>(worker: Worker): WorkerClient<T> {
  const remote = wrap<T>(worker);
  const died = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      event.preventDefault(); // the caller says it
      reject(new Error(event.message || 'The worker that computes could not be loaded.'));
    });
  });
  died.catch(() => {}); // where nothing is being called, nobody needs to know
  return {
    call: (use) => Promise.race([use(remote), died]),
    dispose() {
      remote[releaseProxy]();
      worker.terminate();
    },
  };
}
