import { DatasetError } from '../datasets/dataset-error.ts';
import { DecoderError, ImageError } from '../image-error.ts';
import type { BatchRecipe, BatchRequest, PreparedBatch } from './prepare-batch.ts';
import type { FromWorker, PostedError, WorkerHandle } from './worker-message.ts';

/** Threads that prepare batches. */
export interface WorkerPool {
  prepare(request: BatchRequest): Promise<PreparedBatch>;
  /** Ends the threads; what is under way is rejected. */
  end(): Promise<void>;
}

interface Job {
  readonly worker: number;
  readonly resolve: (batch: PreparedBatch) => void;
  readonly reject: (error: Error) => void;
}

/** Starts `size` workers that follow `recipe`. @throws DatasetError if its transform cannot be sent to them. */
export function createWorkerPool(size: number, recipe: BatchRecipe, startWorker: () => WorkerHandle): WorkerPool {
  const { augment } = recipe;
  if (augment && !augment.spec) {
    throw new DatasetError(
      `batches: the transform ${augment.name || 'given'} is a function of your own, which cannot be sent to workers. Use this package's transforms, or { workers: 0 }.`,
    );
  }
  const jobs = new Map<number, Job>();
  const load = new Array<number>(size).fill(0);
  let failure: Error | undefined;
  let nextId = 0;

  const finish = (id: number) => {
    const job = jobs.get(id);
    if (!job) return undefined;
    jobs.delete(id);
    load[job.worker] = (load[job.worker] as number) - 1;
    if (load[job.worker] === 0) workers[job.worker]?.hold(false);
    return job;
  };
  const receive = (message: FromWorker) => {
    const job = finish(message.id);
    if ('error' in message) job?.reject(revive(message.error));
    else job?.resolve({ ...message.batch, broken: message.batch.broken.map(({ at, error }) => ({ at, error: revive(error) })) });
  };
  const fail = (error: Error) => {
    failure = error;
    for (const id of [...jobs.keys()]) finish(id)?.reject(error);
  };

  const workers = Array.from({ length: size }, () => {
    const worker = startWorker();
    worker.listen(receive, (error) => fail(new DatasetError(`batches: a worker ended: ${error.message}`, { cause: error })));
    worker.post({ recipe: { ...recipe, augment: augment?.spec, normalization: recipe.normalization, decode: recipe.decode } });
    worker.hold(false);
    return worker;
  });

  return {
    prepare(request) {
      if (failure) return Promise.reject(failure);
      const worker = load.indexOf(Math.min(...load));
      const id = nextId++;
      return new Promise((resolve, reject) => {
        jobs.set(id, { worker, resolve, reject });
        load[worker] = (load[worker] as number) + 1;
        workers[worker]?.hold(true);
        workers[worker]?.post({ id, request });
      });
    },
    async end() {
      fail(new DatasetError('batches: the run has ended.'));
      await Promise.all(workers.map((worker) => worker.end()));
    },
  };
}

function revive({ name, message }: PostedError): Error {
  if (name === 'ImageError') return new ImageError(message);
  if (name === 'DecoderError') return new DecoderError(message);
  return name === 'DatasetError' ? new DatasetError(message) : Object.assign(new Error(message), { name });
}
