import { setTimeout as sleep } from 'node:timers/promises';
import { isOutOfMemory } from '../board/redis.ts';
import { StorageError } from '../storage/storage.ts';

export interface Patience {
  /** Told each new reason for which it is waited. */
  readonly onWait: (error: Error) => void;
  /** Ends the wait, by what it was waited for. */
  readonly signal?: AbortSignal | undefined;
  readonly firstMs?: number | undefined;
}

const LONGEST_MS = 30_000;

/** Whether to try again later may help: a folder that vanished, a full disk, a server that is down or full are no fault of the work's. */
export const isAway = (error: unknown): error is Error =>
  (error instanceof StorageError && error.fault === 'away') || (error instanceof Error && isOutOfMemory(error));

/** Does work again until what it needs is there. */
export async function patiently<T>(work: () => Promise<T>, { onWait, signal, firstMs = 1000 }: Patience): Promise<T> {
  let told = '';
  for (let waitMs = firstMs; ; waitMs = Math.min(2 * waitMs, LONGEST_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error) || signal?.aborted) throw error;
      if (error.message !== told) onWait(error);
      told = error.message;
      await sleep(waitMs, undefined, { ...(signal && { signal }) }).catch(() => {
        throw error;
      });
    }
  }
}
