import { startWorker } from '#workers';
import type { Dataset } from '../datasets/dataset.ts';
import { DatasetError } from '../datasets/dataset-error.ts';
import type { Normalization } from '../normalize.ts';
import { createRandom } from '../random.ts';
import type { Transform } from '../transforms/transform.ts';
import type { Batch, BrokenSample } from './batch.ts';
import { type BatchRecipe, type PreparedBatch, prepareBatch, type RequestedSample } from './prepare-batch.ts';
import { type Sampler, sequential, shuffled } from './sampler.ts';
import { createWorkerPool, type WorkerPool } from './worker-pool.ts';

/** Where a run of batches stands, as JSON: the next batch is the first that was not handed out. */
export interface BatchState {
  readonly seed: number;
  readonly epoch: number;
  /** Samples of the epoch that were handed out (or skipped as broken). */
  readonly position: number;
}

/** How `batches` goes through a dataset. */
export interface BatchOptions {
  /** Default 32. */
  readonly batchSize?: number;
  /** Another order each epoch. Default false; short for `sampler: shuffled`. */
  readonly shuffle?: boolean;
  /** Decides order and augmentation. Default 0. */
  readonly seed?: number;
  /** Passes through the dataset. Default 1. */
  readonly epochs?: number;
  readonly sampler?: Sampler;
  /** What happens to each image after decoding. Images of a batch must come out in one size. */
  readonly augment?: Transform;
  /** Turns bytes into float32; without it batches are bytes. */
  readonly normalization?: Normalization;
  /** Threads that read, decode and augment. Default 0: the caller's own thread. */
  readonly workers?: number;
  /** Batches that are prepared ahead, at most: they bound memory. Default 2, or 2 per worker. */
  readonly prefetch?: number;
  /** Leave out the last batch of an epoch if it is not full. Default false. */
  readonly dropLast?: boolean;
  /**
   * Batches of fewer images are left out, at the end of an epoch or where broken samples leave so few: a batch norm learns nothing
   * from one image. Default 1.
   */
  readonly smallest?: number;
  /**
   * Called for each broken sample, in order, each time its turn comes; it is then left out of its batch, which is smaller, and nothing
   * else moves. What it throws ends the run. Without it, the first broken sample does.
   */
  readonly onBroken?: (broken: BrokenSample) => void;
  readonly signal?: AbortSignal;
  /** Continue where another run of the same options stood. */
  readonly resume?: BatchState;
}

/** Batches, one after the other. Workers end with it: at the last batch, at a `break`, an error or an abort. */
export interface BatchIterator extends AsyncIterableIterator<Batch> {
  /** Where to resume after the batch that was handed out last. */
  state(): BatchState;
}

/**
 * Goes through a dataset in batches. The same seed gives the same batches, bit for bit, whatever the number of workers.
 *
 * @throws DatasetError for options that cannot work; iterating throws it, ImageError or the signal's reason.
 */
export function batches(dataset: Dataset, options: BatchOptions = {}): BatchIterator {
  const {
    batchSize = 32,
    shuffle = false,
    epochs = 1,
    augment,
    normalization,
    workers = 0,
    dropLast = false,
    smallest = 1,
    onBroken,
    signal,
    resume,
  } = options;
  const { prefetch = Math.max(2, workers * 2), sampler = shuffle ? shuffled : sequential, seed = resume?.seed ?? 0 } = options;
  checkOptions({ batchSize, epochs, workers, prefetch, smallest });
  if (smallest > batchSize)
    throw new DatasetError(`batches: no batch of ${batchSize} has the ${smallest} images that 'smallest' asks for.`);
  /** What an epoch's last batch needs, to be one. */
  const leastLast = dropLast ? batchSize : smallest;
  if (resume && resume.seed !== seed)
    throw new DatasetError(`batches: the state to resume has seed ${resume.seed}, but the options have ${seed}.`);

  const recipe: BatchRecipe = { seed, augment, normalization, decode: dataset.decode, skipBroken: onBroken !== undefined };
  let pool: WorkerPool | undefined;
  const prepare = async (epoch: number, position: number, indices: Int32Array): Promise<PreparedBatch> => {
    const own = Array.from(indices, (index) => () => dataset.source?.(index) ?? dataset.get(index));
    if (workers === 0) return prepareBatch({ epoch, position, samples: own }, recipe);
    pool ??= createWorkerPool(workers, recipe, startWorker);
    const samples = own.map(async (ask): Promise<RequestedSample> => ask()).map(onBroken ? failureOf : (asked) => asked);
    return pool.prepare({ epoch, position, samples: await Promise.all(samples) });
  };

  let state: BatchState = { seed, epoch: resume?.epoch ?? 0, position: resume?.position ?? 0 };
  async function* run(): AsyncGenerator<Batch> {
    const plan = planned(state);
    let [epochBegan, given] = [state.position === 0, 0];
    const ahead: { prepared: Promise<PreparedBatch>; indices: Int32Array; after: BatchState; epoch: number }[] = [];
    try {
      for (;;) {
        signal?.throwIfAborted();
        for (let step = plan.next(); ; step = plan.next()) {
          if (step.done) break;
          const { epoch, position, indices, after } = step.value;
          const prepared = prepare(epoch, position, indices);
          prepared.catch(() => {}); // it is awaited when its turn comes, if it does
          ahead.push({ prepared, indices, after, epoch });
          if (ahead.length >= prefetch) break;
        }
        const head = ahead.shift();
        if (!head) return;
        const { images, shape, labels, kept, broken } = await abortable(head.prepared, signal);
        for (const { at, error } of broken) {
          const index = head.indices[at] as number;
          onBroken?.({ index, path: dataset.source?.(index).path ?? `sample ${index}`, error });
        }
        state = head.after;
        if (kept.length >= smallest) given++;
        if (state.epoch > head.epoch) {
          // Else it would go on without an end, or a word.
          if (epochBegan && given === 0 && state.epoch < epochs)
            throw new DatasetError(
              `batches: nothing is left of an epoch of ${dataset.length} samples: too many are broken, or batches have fewer than ${smallest} images.`,
            );
          [epochBegan, given] = [true, 0];
        }
        if (kept.length >= smallest)
          yield { images, shape, labels, indices: kept.map((at) => head.indices[at] as number), epoch: head.epoch };
      }
    } finally {
      await pool?.end();
    }
  }

  /** Every batch to come, in order. */
  function* planned(from: BatchState) {
    for (let { epoch, position } = from; epoch < epochs; epoch++, position = 0) {
      const order = sampler(dataset, createRandom(seed, epoch));
      for (; position < order.length; position += batchSize) {
        const indices = order.subarray(position, position + batchSize);
        if (indices.length < leastLast) break;
        const left = order.length - position - batchSize;
        const isLast = left < leastLast;
        const after = isLast ? { seed, epoch: epoch + 1, position: 0 } : { seed, epoch, position: position + batchSize };
        yield { epoch, position, indices, after };
      }
    }
  }

  return Object.assign(run(), { state: () => state });
}

/** The sample, or why there is none. */
const failureOf = (asked: Promise<RequestedSample>): Promise<RequestedSample> =>
  asked.catch(({ name, message }: Error) => ({ failure: { name, message } }));

function checkOptions(counts: Record<'batchSize' | 'epochs' | 'workers' | 'prefetch' | 'smallest', number>): void {
  const wrong = Object.entries(counts).filter(([name, value]) => !Number.isInteger(value) || value < (name === 'workers' ? 0 : 1));
  if (wrong.length > 0) {
    throw new DatasetError(
      `batches: expected whole positive numbers, but received ${wrong.map(([name, value]) => `${name} ${value}`).join(', ')}.`,
    );
  }
}

async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', stop));
}
