import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run, RunCounts } from '../board/board.ts';
import { cut } from '../jobs/cut.ts';
import { type Job, jobId, jobName, networkName, queuedId, resultName, type Version, type Wanted, written } from '../jobs/job.ts';
import { type PackedNetwork, unpackNetwork } from '../network/packed-network.ts';
import { describeVersion, versionOf } from '../network/version.ts';
import { openDestination, openSource } from '../storage/open-storage.ts';
import type { Storage, StoredFile } from '../storage/storage.ts';
import { type Connections, connect } from './connections.ts';
import { type FailedJob, failedJobs, failuresOf } from './failures.ts';
import { patiently } from './patience.ts';
import { countResult } from './results.ts';

export interface PredictOptions extends Wanted {
  readonly redis: string;
  readonly network: PackedNetwork;
  /** Which of the source's files are images. */
  readonly isImage?: (name: string) => boolean;
  /** Images of a job, about. */
  readonly perJob?: number;
  /** `false` returns when all jobs are made. */
  readonly wait?: boolean;
  readonly onProgress?: (progress: PredictProgress) => void;
  /** Told what is waited for, and what is done again. */
  readonly say?: (line: string) => void;
  /** Ends the waiting: the jobs stay. */
  readonly signal?: AbortSignal;
  readonly pollMs?: number;
}

export interface PredictProgress extends RunCounts {
  readonly run: string;
  readonly isListed: boolean;
  readonly failed: number;
}

export interface Predicted extends RunCounts {
  readonly run: string;
  /** Jobs that were given up, and why. */
  readonly failed: readonly FailedJob[];
  /** Whether every job has its result. */
  readonly isComplete: boolean;
}

/** Jobs that are looked at, written and queued together. */
const GROUP = 16;
/** Results in each part of a run's list. */
const PART = 10_000;

/**
 * Makes jobs of all images of a source, and waits until workers have done them. What has its result is not done again: started twice, it
 * goes on where it was.
 *
 * @param source a folder or `s3://bucket/prefix` that the workers see under the same name
 * @param out where results go: the same
 * @throws ClusterError, StorageError or RedisError for what cannot be begun; the signal's reason if that ends the waiting.
 */
export async function predict(source: string, out: string, options: PredictOptions): Promise<Predicted> {
  const { redis, network, wait = true, say = () => {}, pollMs = 500, perJob = 256, onProgress } = options;
  const signal = options.signal && AbortSignal.any([options.signal]);
  if (signal) setMaxListeners(0, signal); // all that waits for a disk listens
  const wanted: Wanted = options.embeddings ? { embeddings: true } : { top: options.top ?? 5 };
  const [from, to] = [await openSource(source), await openDestination(out)];
  const version = await localVersion(network, wanted);
  const connections = await connect(redis, say);
  try {
    const { board, queue } = connections;
    const patient = <T>(task: () => Promise<T>): Promise<T> =>
      patiently(task, { onWait: ({ message }) => say(`${message} Waiting until that is mended.`), signal });
    if (!(await patient(() => to.exists(networkName(network.hash)))))
      await patient(() => to.write(networkName(network.hash), network.bytes));
    const run: Run = {
      id: runId([from.address, to.address, network.hash, wanted, version, perJob]),
      source: from.address,
      out: to.address,
      network: network.hash,
      wanted,
      version: describeVersion(version),
      startedAt: Date.now(),
      isListed: false,
    };
    const report = async (isListed: boolean, failed: number): Promise<RunCounts> => {
      const counts = await board.counts(run.id);
      onProgress?.({ ...counts, run: run.id, isListed, failed });
      return counts;
    };
    const listing = new Listing({ run, version, from, to, connections, patient, perJob, isImage: options.isImage ?? (() => true) });
    await listing.pass({ retryFailed: true, onGroup: () => report(false, 0), signal });
    const state = async (): Promise<Predicted> => {
      const failed = await failuresOf(run.id, queue, board);
      const counts = await report(true, failed.length);
      return { ...counts, run: run.id, failed, isComplete: counts.jobsDone >= counts.jobs };
    };
    for (let idle = 0; ; ) {
      const now = await state();
      if (!wait || now.jobsDone + now.failed.length >= now.jobs) {
        if (now.isComplete) await patient(() => listing.finish(now));
        return now;
      }
      await sleep(pollMs, undefined, { ...(signal && { signal }) }).catch(() => signal?.throwIfAborted());
      const waiting = await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized');
      idle = waiting === 0 ? idle + 1 : 0;
      if (idle < 3) continue;
      // Redis was killed, and forgot what it had been told last.
      say('Redis has lost jobs: the images are listed again. Nothing that is done is done again.');
      await listing.pass({ retryFailed: false, onGroup: () => report(false, 0), signal });
      idle = 0;
    }
  } finally {
    await connections.close();
  }
}

async function localVersion(packed: PackedNetwork, wanted: Wanted): Promise<Version> {
  const network = await unpackNetwork(packed);
  try {
    return await versionOf(network, wanted);
  } finally {
    network.dispose();
  }
}

const runId = (facts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 12);

interface ListingOptions {
  readonly run: Run;
  readonly version: Version;
  readonly from: Storage;
  readonly to: Storage;
  readonly connections: Connections;
  readonly patient: <T>(task: () => Promise<T>) => Promise<T>;
  readonly perJob: number;
  readonly isImage: (name: string) => boolean;
}

/** From a source's names to jobs in the queue; a group of them is all that is in memory. */
class Listing {
  readonly #options: ListingOptions;
  #parts = 0;

  constructor(options: ListingOptions) {
    this.#options = options;
  }

  /** Goes through all names once. What was done, or queued, before is left as it is, so that it may be repeated. */
  async pass({ retryFailed, onGroup, signal }: { retryFailed: boolean; onGroup: () => Promise<unknown>; signal: AbortSignal | undefined }) {
    const { run, connections, patient } = this.#options;
    const { board, queue } = connections;
    const failed = new Set<string>();
    if (retryFailed) for await (const { job } of failedJobs(queue)) failed.add(job);
    await patient(() => board.begin(run));
    this.#parts = 0;
    let group: Job[] = [];
    let part: string[] = [];
    const flush = async (): Promise<void> => {
      const jobs = new Map(group.map((job) => [jobId(job), job]));
      const sizes = [...jobs].map(([id, { images }]) => [queuedId(id, run.out), images.length] as const);
      group = [];
      await patient(() => board.add(run.id, new Map(sizes)));
      await Promise.all([...jobs].map(([id, job]) => this.#make(id, job, failed)));
      for (const [id, { images }] of jobs) part.push(JSON.stringify({ result: resultName(id), images: images.length }));
      await onGroup();
    };
    const flushPart = async (): Promise<void> => {
      const text = `${part.join('\n')}\n`;
      await patient(() => this.#options.to.write(`runs/${run.id}/part-${String(this.#parts).padStart(5, '0')}.jsonl`, text));
      this.#parts++;
      part = [];
    };
    for await (const images of cut(this.#images(), this.#options.perJob)) {
      signal?.throwIfAborted();
      group.push({ source: run.source, images, network: run.network, wanted: run.wanted, version: this.#options.version });
      if (group.length === GROUP) await flush();
      if (part.length >= PART) await flushPart();
    }
    if (group.length > 0) await flush();
    if (part.length > 0) await flushPart();
    await patient(() => board.listed(run));
  }

  /** Says in the destination that all is done, and of which results it consists. */
  async finish({ jobs, images, unreadable }: RunCounts): Promise<void> {
    const { run, to, connections } = this.#options;
    const { id, source, network, wanted, version } = run;
    const parts = Array.from({ length: this.#parts }, (_, i) => `runs/${id}/part-${String(i).padStart(5, '0')}.jsonl`);
    await to.write(
      `runs/${id}.json`,
      `${JSON.stringify({ source, network, wanted, version, jobs, images, unreadable, parts }, null, 2)}\n`,
    );
    await connections.board.finish(id);
  }

  async *#images(): AsyncGenerator<StoredFile> {
    const { from, isImage } = this.#options;
    for await (const file of from.list()) if (isImage(file.name)) yield file;
  }

  async #make(id: string, job: Job, failed: ReadonlySet<string>): Promise<void> {
    const { run, to, connections, patient } = this.#options;
    const queued = queuedId(id, run.out);
    const { board, queue } = connections;
    if (await patient(() => to.exists(resultName(id)))) {
      const done = await patient(() => countResult(to, id));
      await patient(() => board.done(queued, done));
      return;
    }
    await patient(() => to.write(jobName(id), written(job)));
    if (failed.has(queued)) await patient(async () => (await queue.getJob(queued))?.remove());
    await patient(() => queue.add('images', { out: run.out, images: job.images.length }, { jobId: queued }));
  }
}
