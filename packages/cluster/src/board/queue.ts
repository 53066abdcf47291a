import { type DefaultJobOptions, Queue } from 'bullmq';
import { KEYS } from './board.ts';
import { redacted, redisFault, redisOptions } from './redis.ts';

export const QUEUE = 'predict';

/** All that a job in the queue says: the rest is in the destination. */
export interface QueuedJob {
  /** Where its record is, and its result goes. */
  readonly out: string;
  readonly images: number;
}

/** A job that fails is tried again, later each time: a network or a disk may have been away. */
export const JOB_OPTIONS: DefaultJobOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: false,
};

/** So often may a job's worker end under it, before the job is taken to be what ends it. */
export const MAX_STALLED = 5;

export type PredictQueue = Queue<QueuedJob, unknown, string>;

/** @param onError what is said while Redis is away */
export function openQueue(url: string, onError: (error: Error) => void): PredictQueue {
  const queue = new Queue<QueuedJob, unknown, string>(QUEUE, {
    prefix: KEYS,
    connection: redisOptions(url),
    defaultJobOptions: JOB_OPTIONS,
  });
  queue.on('error', onError);
  return queue;
}

/** Says why Redis does not do its work, but not at each try. */
export function awayNotice(url: string, say: (line: string) => void): (error: Error) => void {
  let [last, at] = ['', 0];
  return (error) => {
    const line = `${redacted(url)}: ${redisFault(error)}. Waiting for it.`;
    if (line === last && Date.now() - at < 30_000) return;
    [last, at] = [line, Date.now()];
    say(line);
  };
}
