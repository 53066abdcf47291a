import { decodeImage, ImageError, MAX_FILE_BYTES } from '@resnetjs/data';
import { imageOutcomes, type Network, outcomeLine } from '@resnetjs/network';
import { answersOf } from '../network/answers-of.ts';
import type { Storage, StoredFile } from '../storage/storage.ts';
import type { Job } from './job.ts';

export interface JobResult {
  /** A line for each image, as `resnet predict --json` would say of it. */
  readonly lines: string;
  readonly unreadable: number;
}

/** Images computed at once, as `resnet predict` does. */
const BATCH_SIZE = 16;

/**
 * Computes a job: a pure function of it, whoever runs it and however often.
 *
 * @param fetched the images' bytes, in the job's order
 * @throws StorageError if images cannot be had: only what is in a file may become its line.
 */
export async function computeJob({ images, wanted }: Job, network: Network, fetched: Fetched): Promise<JobResult> {
  const indices = new Map(images.map(({ name }, index) => [name, index]));
  const outcomes = imageOutcomes(
    images.map(({ name }) => name),
    {
      read: async (name) => {
        const index = indices.get(name) as number;
        const { sizeBytes } = images[index] as StoredFile;
        if (sizeBytes > MAX_FILE_BYTES)
          throw new ImageError(`${name}: the file has ${sizeBytes} bytes, more than the ${MAX_FILE_BYTES} an image may have.`);
        return decodeImage(await fetched.take(index), { name, orient: true });
      },
      preprocessing: network.preprocessing,
      answers: answersOf(network, wanted),
      batchSize: BATCH_SIZE,
    },
  );
  const lines: string[] = [];
  let unreadable = 0;
  for await (const outcome of outcomes) {
    if ('error' in outcome) {
      if (!(outcome.error instanceof ImageError)) throw outcome.error;
      unreadable++;
    }
    lines.push(outcomeLine(outcome));
    // Between batches timers run, by which a job stays this worker's.
    if (lines.length % BATCH_SIZE === 0) await new Promise(setImmediate);
  }
  return { lines: lines.join(''), unreadable };
}

/** Bytes of a job's images, fetched ahead of their use. */
export interface Fetched {
  take(index: number): Promise<Uint8Array>;
  /** Fetches no more. */
  stop(): void;
}

/** Bytes that may wait for their turn in each job. */
const AHEAD_BYTES = 128 * 2 ** 20;
const AT_ONCE = 16;

/** Fetches a job's images in their order, so many at once, as far ahead as memory is given. */
export function fetchImages(images: readonly StoredFile[], storage: Storage, { aheadBytes = AHEAD_BYTES, atOnce = AT_ONCE } = {}): Fetched {
  const started = new Map<number, Promise<Uint8Array>>();
  let [next, underWay, heldBytes, isStopped] = [0, 0, 0, false];
  const start = (index: number): Promise<Uint8Array> => {
    const { name, sizeBytes, etag } = images[index] as StoredFile;
    underWay++;
    heldBytes += sizeBytes;
    const bytes = storage.read(name, { sizeBytes, etag }).finally(() => {
      underWay--;
      more();
    });
    bytes.catch(() => {}); // told to who takes it
    started.set(index, bytes);
    return bytes;
  };
  const more = (): void => {
    for (; !isStopped && next < images.length && underWay < atOnce; next++) {
      const { sizeBytes } = images[next] as StoredFile;
      if (started.has(next) || sizeBytes > MAX_FILE_BYTES) continue;
      if (heldBytes > 0 && heldBytes + sizeBytes > aheadBytes) return;
      start(next);
    }
  };
  more();
  return {
    async take(index) {
      try {
        return await (started.get(index) ?? start(index));
      } finally {
        started.delete(index);
        heldBytes -= (images[index] as StoredFile).sizeBytes;
        next = Math.max(next, index + 1);
        more();
      }
    },
    stop() {
      isStopped = true;
      started.clear();
    },
  };
}
