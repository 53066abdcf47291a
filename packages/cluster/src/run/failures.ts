import type { Board } from '../board/board.ts';
import { MAX_STALLED, type PredictQueue } from '../board/queue.ts';

/** A job that was given up. */
export interface FailedJob {
  readonly job: string;
  readonly images: number;
  readonly reason: string;
}

const PAGE = 500;

/** Jobs in the queue's list of failed ones. */
export async function* failedJobs(queue: PredictQueue): AsyncGenerator<FailedJob> {
  for (let start = 0; ; start += PAGE) {
    const page = await queue.getFailed(start, start + PAGE - 1);
    for (const { id = '', data, failedReason } of page) yield { job: id, images: data.images, reason: inWords(failedReason) };
    if (page.length < PAGE) return;
  }
}

/** Those that a run waits for in vain. */
export async function failuresOf(run: string, queue: PredictQueue, board: Board): Promise<FailedJob[]> {
  const failed: FailedJob[] = [];
  for await (const job of failedJobs(queue)) failed.push(job);
  const own = new Set(
    await board.unfinished(
      run,
      failed.map(({ job }) => job),
    ),
  );
  return failed.filter(({ job }) => own.has(job));
}

/** BullMQ's own words for a job under which one worker after the other ends. */
const inWords = (reason: string | undefined): string =>
  reason?.includes('stalled more than')
    ? `${MAX_STALLED + 1} workers ended while they computed it: out of memory, or an image crashes the decoder`
    : (reason ?? 'no reason is known');
