import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import type { Network } from '@resnetjs/network';
import { type Job as QueueJob, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { Board, KEYS, type WorkerCard } from '../board/board.ts';
import { awayNotice, MAX_STALLED, QUEUE, type QueuedJob } from '../board/queue.ts';
import { connectRedis, redisOptions } from '../board/redis.ts';
import { ClusterError } from '../cluster-error.ts';
import { computeJob, fetchImages, type JobResult } from '../jobs/compute-job.ts';
import { type Job, jobName, networkName, ofQueued, readJob, resultName, type Version } from '../jobs/job.ts';
import { unpackNetwork } from '../network/packed-network.ts';
import { describeVersion, softwareVersion, versionOf } from '../network/version.ts';
import { openStorage } from '../storage/open-storage.ts';
import { type Storage, StorageError } from '../storage/storage.ts';
import { patiently } from './patience.ts';
import { countResult } from './results.ts';

export interface WorkOptions {
  /** `redis://[:password@]host:port`, or `rediss://` for TLS. */
  readonly redis: string;
  /** Threads of the backend that runs, to be told. */
  readonly threads?: number;
  /** Told what the worker does, a line at a time. */
  readonly say?: (line: string) => void;
  /** When it is aborted, the job that is being computed is finished, and no other begun. */
  readonly signal?: AbortSignal;
  /** How long Redis may hear nothing of a worker before its jobs are given to others. */
  readonly stalledAfterMs?: number;
}

/** What a worker did. */
export interface Worked {
  readonly jobs: number;
  readonly images: number;
  /** Of the time between the first image and the last, the share in which something was computed: the rest is the queue's and the disk's. */
  readonly busyShare: number;
}

/** One job is computed, another's images come meanwhile. */
const JOBS_AT_ONCE = 2;
const GREETING_MS = 5000;

/**
 * Takes jobs and computes them on tfjs' backend that runs, until it is told to end.
 *
 * @throws RedisError if Redis cannot be used; ClusterError if a job is for another version: it goes back to the others.
 */
export async function work(options: WorkOptions): Promise<Worked> {
  const worker = new Working(options, await connectRedis(options.redis));
  return worker.untilEnd();
}

class Working {
  readonly #options: WorkOptions;
  readonly #redis: Awaited<ReturnType<typeof connectRedis>>;
  readonly #board: Board;
  readonly #storages = new Map<string, Promise<Storage>>();
  readonly #id = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  readonly #turns = new Turns();
  readonly #ending = new AbortController();
  /** When images were done, of late. */
  readonly #recent: { readonly at: number; readonly images: number }[] = [{ at: performance.now(), images: 0 }];
  #network: { readonly key: string; readonly network: Network; readonly version: Version } | undefined;
  #doing = 'waits for work';
  #told = '';
  #refusal: ClusterError | undefined;
  #jobs = 0;
  #firstAt = 0;
  #lastAt = 0;
  #busyMs = 0;
  #images = 0;

  constructor(options: WorkOptions, redis: Awaited<ReturnType<typeof connectRedis>>) {
    this.#options = options;
    setMaxListeners(0, this.#ending.signal); // whatever waits for a disk listens, too
    this.#redis = redis;
    this.#board = new Board(redis);
  }

  async untilEnd(): Promise<Worked> {
    const { redis, signal, stalledAfterMs = 30_000 } = this.#options;
    const notice = awayNotice(redis, (line) => this.#say(line));
    this.#redis.on('error', notice);
    const worker = new Worker<QueuedJob, unknown, string>(QUEUE, (job, token) => this.#process(job, token as string), {
      prefix: KEYS,
      connection: redisOptions(redis),
      concurrency: JOBS_AT_ONCE,
      lockDuration: stalledAfterMs,
      stalledInterval: stalledAfterMs,
      maxStalledCount: MAX_STALLED,
    });
    worker.on('error', notice);
    worker.on('failed', (job, error) => this.#say(`job ${job?.id}: ${error.message}${again(job)}`));
    worker.on('stalled', (job) => this.#say(`job ${job}: its worker was lost; it is done again`));
    const ended = new Promise<void>((resolve) => this.#ending.signal.addEventListener('abort', () => resolve(), { once: true }));
    const end = (): void => this.#ending.abort();
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted) end();
    const greet = () => void this.#board.greet(this.#card()).catch(notice);
    const greeting = setInterval(greet, GREETING_MS);
    greet();
    this.#say(`takes work from the queue as ${this.#id}, version ${softwareVersion}`);
    try {
      await ended;
      this.#say('finishes what it computes, and ends');
      await worker.close();
      await this.#board.leave(this.#id);
    } finally {
      clearInterval(greeting);
      signal?.removeEventListener('abort', end);
      this.#network?.network.dispose();
      this.#redis.disconnect();
    }
    if (this.#refusal) throw this.#refusal;
    const spanMs = this.#lastAt - this.#firstAt;
    return { jobs: this.#jobs, images: this.#images, busyShare: spanMs > 0 ? this.#busyMs / spanMs : 1 };
  }

  async #process(queued: QueueJob<QueuedJob, unknown, string>, token: string): Promise<void> {
    try {
      await this.#compute(queued.id as string, queued.data);
    } catch (error) {
      if (error instanceof NotNow || this.#ending.signal.aborted) {
        await queued.moveToWait(token);
        throw new WaitingError();
      }
      if (error instanceof StorageError && error.fault === 'changed') throw new UnrecoverableError(error.message);
      throw error;
    }
  }

  async #compute(queued: string, { out: address }: QueuedJob): Promise<void> {
    const id = ofQueued(queued);
    const out = await this.#storage(address);
    const result = await this.#patiently(() => out.exists(resultName(id)));
    if (result) {
      // Whoever wrote it ended before it could say so.
      const done = await this.#patiently(() => countResult(out, id));
      return this.#patiently(() => this.#board.done(queued, done));
    }
    const job = readJob(id, await this.#patiently(() => out.read(jobName(id))));
    if (job.version.software !== softwareVersion) throw this.#refuse(job.version, { software: softwareVersion, rounding: 'not looked at' });
    const source = await this.#storage(job.source);
    const fetched = fetchImages(job.images, { ...source, read: (name, listed) => this.#patiently(() => source.read(name, listed)) });
    try {
      const { lines, unreadable } = await this.#turns.take(() => this.#inTurn(id, job, out, fetched));
      await this.#patiently(() => out.write(resultName(id), lines));
      const images = job.images.length;
      this.#count(images);
      this.#say(
        `job ${id.slice(0, 8)}: ${images} images${unreadable > 0 ? `, ${unreadable} of them unreadable` : ''}; ${this.#rate().toFixed(1)} images/s`,
      );
      await this.#patiently(() => this.#board.done(queued, { images, unreadable }));
    } finally {
      fetched.stop();
    }
  }

  async #inTurn(id: string, job: Job, out: Storage, fetched: ReturnType<typeof fetchImages>): Promise<JobResult> {
    if (this.#ending.signal.aborted) throw new NotNow();
    const { network, version } = await this.#networkFor(job, out);
    if (version.rounding !== job.version.rounding) throw this.#refuse(job.version, version);
    this.#doing = `computes ${job.images[0]?.name} …`;
    const start = performance.now();
    this.#firstAt ||= start;
    try {
      return await computeJob(job, network, fetched);
    } finally {
      this.#lastAt = performance.now();
      this.#busyMs += this.#lastAt - start;
      this.#doing = `waits for work since job ${id.slice(0, 8)}`;
    }
  }

  /** The network that was asked for last stays: jobs of one run come one after the other. */
  async #networkFor({ network: hash, wanted }: Job, out: Storage): Promise<{ network: Network; version: Version }> {
    const key = JSON.stringify([hash, wanted]);
    if (this.#network?.key === key) return this.#network;
    this.#doing = 'loads a network';
    const bytes = await this.#patiently(() => out.read(networkName(hash)));
    this.#network?.network.dispose();
    this.#network = undefined;
    const network = await unpackNetwork({ bytes, hash });
    this.#network = { key, network, version: await versionOf(network, wanted) };
    this.#say(`loaded ${network.name}; version ${describeVersion(this.#network.version)}`);
    return this.#network;
  }

  /** Others may be of the right version: the job waits for them, and this worker ends. */
  #refuse(wanted: Version, own: Version): NotNow {
    this.#refusal = new ClusterError(
      `this worker is version ${describeVersion(own)}, but the work is for ${describeVersion(wanted)}, so that its results would not be the same bytes. ` +
        'Nothing was computed. Install the same release under the same Node, or start predict again with this one.',
    );
    this.#ending.abort();
    return new NotNow();
  }

  #storage(address: string): Promise<Storage> {
    const opened = this.#storages.get(address) ?? openStorage(address);
    this.#storages.set(address, opened);
    return opened;
  }

  #patiently<T>(task: () => Promise<T>): Promise<T> {
    const onWait = ({ message }: Error) => this.#say(`${message} Waiting until that is mended.`);
    return patiently(task, { onWait, signal: this.#ending.signal });
  }

  #say(line: string): void {
    if (line === this.#told) return; // sixteen images may wait for one disk
    this.#told = line;
    this.#options.say?.(line);
  }

  #count(images: number): void {
    this.#jobs++;
    this.#images += images;
    this.#recent.push({ at: performance.now(), images });
    if (this.#recent.length > 20) this.#recent.shift();
  }

  #rate(): number {
    const [first, ...rest] = this.#recent;
    const seconds = (performance.now() - (first?.at ?? 0)) / 1000;
    return rest.reduce((sum, { images }) => sum + images, 0) / Math.max(seconds, 1e-3);
  }

  #card(): WorkerCard {
    return {
      id: this.#id,
      host: hostname(),
      pid: process.pid,
      version: this.#network ? describeVersion(this.#network.version) : softwareVersion,
      threads: this.#options.threads ?? 1,
      doing: this.#doing,
      jobs: this.#jobs,
      images: this.#images,
      rate: this.#rate(),
    };
  }
}

/** A job that is put back: it is not the job's fault. */
class NotNow extends Error {}

/** One after the other. */
class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

const again = (job: QueueJob | undefined): string =>
  job && job.attemptsMade < (job.opts.attempts ?? 1) && job.finishedOn === undefined ? ' (it is tried again)' : ' (given up)';
