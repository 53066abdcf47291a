import type { Run, RunCounts, WorkerCard } from '../board/board.ts';
import { redacted } from '../board/redis.ts';
import { type Connections, connect } from './connections.ts';
import { type FailedJob, failuresOf } from './failures.ts';

export interface RunStatus extends Run, RunCounts {
  readonly failed: readonly FailedJob[];
  /** Seconds until it is done, at the workers' rate; undefined where none is at work. */
  readonly secondsLeft: number | undefined;
}

export interface ClusterStatus {
  readonly redis: string;
  readonly runs: readonly RunStatus[];
  readonly workers: readonly WorkerCard[];
  /** Jobs in the queue, of all runs. */
  readonly queue: { readonly waiting: number; readonly active: number; readonly delayed: number; readonly failed: number };
}

/** Looks at a cluster, as often as it is asked. */
export interface ClusterView {
  look(): Promise<ClusterStatus>;
  close(): Promise<void>;
}

/** @throws RedisError if Redis cannot be used. */
export async function viewCluster(redis: string, say: (line: string) => void = () => {}): Promise<ClusterView> {
  const connections = await connect(redis, say);
  return { look: () => look(redis, connections), close: connections.close };
}

async function look(redis: string, { board, queue }: Connections): Promise<ClusterStatus> {
  const [runs, workers, counts] = await Promise.all([
    board.runs(),
    board.workers(),
    queue.getJobCounts('waiting', 'active', 'delayed', 'failed'),
  ]);
  const rate = workers.reduce((sum, worker) => sum + worker.rate, 0);
  const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
  let ahead = 0; // runs are done one after the other
  const all: RunStatus[] = [];
  for (const run of runs) {
    const own = await board.counts(run.id);
    ahead += own.images - own.imagesDone;
    all.push({
      ...run,
      ...own,
      failed: failed > 0 ? await failuresOf(run.id, queue, board) : [],
      secondsLeft: own.images === own.imagesDone ? 0 : rate > 0 ? ahead / rate : undefined,
    });
  }
  return { redis: redacted(redis), runs: all, workers, queue: { waiting, active, delayed, failed } };
}
