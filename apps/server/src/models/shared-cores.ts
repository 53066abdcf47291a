import { availableParallelism } from 'node:os';
import type { BackendName } from '@resnetjs/backend-auto';

/** Many images a second, or each as soon as can be. */
export type Optimize = 'throughput' | 'latency';

export interface CoreShare {
  readonly workers: number;
  /** Of each worker. */
  readonly threads: number;
}

/** Each worker holds the weights once more, so that there are not as many as a large machine has cores. */
const MOST_WORKERS = 8;

/**
 * How the cores are shared out: to workers with a thread each, which waste nothing on waiting for each other, or all to one worker.
 * A GPU is one, and so is what has threads of its own.
 */
export function coreShare(
  optimize: Optimize,
  backend: BackendName,
  { workers, threads }: { readonly workers?: number | undefined; readonly threads?: number | undefined } = {},
  cores: number = availableParallelism(),
): CoreShare {
  if (backend !== 'wasm') return { workers: workers ?? 1, threads: threads ?? 1 };
  const count =
    workers ?? (threads ? Math.max(1, Math.floor(cores / threads)) : optimize === 'latency' ? 1 : Math.min(cores, MOST_WORKERS));
  return { workers: count, threads: threads ?? Math.max(1, Math.floor(cores / count)) };
}
