import type { Redis } from 'ioredis';
import type { Wanted } from '../jobs/job.ts';

/** A listing that is being computed, or was. */
export interface Run {
  readonly id: string;
  readonly source: string;
  readonly out: string;
  readonly network: string;
  readonly wanted: Wanted;
  readonly version: string;
  readonly startedAt: number;
  /** Whether all its jobs are made. */
  readonly isListed: boolean;
}

export interface RunCounts {
  readonly jobs: number;
  readonly jobsDone: number;
  readonly images: number;
  readonly imagesDone: number;
  /** Of those done, images that could not be read. */
  readonly unreadable: number;
}

/** What a worker says of itself. */
export interface WorkerCard {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly threads: number;
  /** What it does, for people. */
  readonly doing: string;
  readonly jobs: number;
  readonly images: number;
  /** Images a second, of late. */
  readonly rate: number;
}

export interface Done {
  readonly images: number;
  readonly unreadable: number;
}

/** Workers that have said nothing for so long are taken to be gone. */
const GONE_MS = 20_000;

/**
 * What is written up beside the queue: which jobs a run is of, and which of them are done. It is a help to look at, no more: whether a job
 * is done its result says, and all of this is made again of listings and results.
 */
export class Board {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Begins a run's listing anew. */
  async begin(run: Run): Promise<void> {
    await this.#redis
      .multi()
      .del(jobsOf(run.id), doneOf(run.id), countsOf(run.id))
      .hset(RUNS, run.id, JSON.stringify(run))
      .exec()
      .then(assertAll);
  }

  async listed(run: Run): Promise<void> {
    await this.#redis.hset(RUNS, run.id, JSON.stringify({ ...run, isListed: true }));
  }

  /** Jobs that are the run's, by how many images they have: to be said before it is looked whether they are done. */
  async add(run: string, jobs: ReadonlyMap<string, number>): Promise<void> {
    await this.#redis.eval(ADD, 2, jobsOf(run), countsOf(run), ...[...jobs].flat());
  }

  /** Counts a job as done, once in each run that it is of, however often it is said. */
  async done(job: string, { images, unreadable }: Done): Promise<void> {
    const runs = await this.#redis.hkeys(RUNS);
    if (runs.length === 0) return;
    await this.#redis.eval(
      DONE,
      3 * runs.length,
      ...runs.flatMap((run) => [jobsOf(run), doneOf(run), countsOf(run)]),
      job,
      images,
      unreadable,
    );
  }

  async counts(run: string): Promise<RunCounts> {
    const counts = await this.#redis.hgetall(countsOf(run));
    const number = (name: string) => Number(counts[name] ?? 0);
    return {
      jobs: number('jobs'),
      jobsDone: number('jobsDone'),
      images: number('images'),
      imagesDone: number('imagesDone'),
      unreadable: number('unreadable'),
    };
  }

  async runs(): Promise<Run[]> {
    const all = Object.values(await this.#redis.hgetall(RUNS)).map((text) => JSON.parse(text) as Run);
    const isThere = await Promise.all(all.map(({ id, isListed }) => !isListed || this.#redis.exists(countsOf(id))));
    const gone = all.filter((_, i) => !isThere[i]); // finished, long ago
    if (gone.length > 0) await this.#redis.hdel(RUNS, ...gone.map(({ id }) => id));
    return all.filter((run) => !gone.includes(run)).sort((a, b) => a.startedAt - b.startedAt);
  }

  /** Of some jobs, those that the run waits for. */
  async unfinished(run: string, jobs: readonly string[]): Promise<string[]> {
    if (jobs.length === 0) return [];
    const [sizes, isDone] = await Promise.all([this.#redis.hmget(jobsOf(run), ...jobs), this.#redis.smismember(doneOf(run), ...jobs)]);
    return jobs.filter((_, i) => sizes[i] !== null && isDone[i] === 0);
  }

  /** Forgets which jobs a finished run had; its counts stay for a day. */
  async finish(run: string): Promise<void> {
    await this.#redis.multi().del(jobsOf(run), doneOf(run)).expire(countsOf(run), DAY_S).exec().then(assertAll);
  }

  async greet(card: WorkerCard): Promise<void> {
    await this.#redis.hset(WORKERS, card.id, JSON.stringify({ ...card, seenAt: await this.#now() }));
  }

  async leave(worker: string): Promise<void> {
    await this.#redis.hdel(WORKERS, worker);
  }

  /** Those that are at work; what was left of others is swept away. */
  async workers(): Promise<WorkerCard[]> {
    const now = await this.#now();
    const cards = Object.values(await this.#redis.hgetall(WORKERS)).map((text) => JSON.parse(text) as WorkerCard & { seenAt: number });
    const gone = cards.filter(({ seenAt }) => now - seenAt > GONE_MS);
    if (gone.length > 0) await this.#redis.hdel(WORKERS, ...gone.map(({ id }) => id));
    return cards.filter((card) => !gone.includes(card)).map(({ seenAt: _, ...card }) => card);
  }

  /** Redis's clock: those of machines differ. */
  async #now(): Promise<number> {
    const [seconds, microseconds] = await this.#redis.time();
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  }
}

/** Before all keys, BullMQ's too. */
export const KEYS = 'resnet';
const RUNS = `${KEYS}:runs`;
const WORKERS = `${KEYS}:workers`;
const DAY_S = 86_400;
const jobsOf = (run: string): string => `${KEYS}:run:${run}:jobs`;
const doneOf = (run: string): string => `${KEYS}:run:${run}:done`;
const countsOf = (run: string): string => `${KEYS}:run:${run}:counts`;

const ADD = `
for i = 1, #ARGV, 2 do
  if redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) == 1 then
    redis.call('HINCRBY', KEYS[2], 'jobs', 1)
    redis.call('HINCRBY', KEYS[2], 'images', ARGV[i + 1])
  end
end`;

const DONE = `
for i = 1, #KEYS, 3 do
  if redis.call('HEXISTS', KEYS[i], ARGV[1]) == 1 and redis.call('SADD', KEYS[i + 1], ARGV[1]) == 1 then
    redis.call('HINCRBY', KEYS[i + 2], 'jobsDone', 1)
    redis.call('HINCRBY', KEYS[i + 2], 'imagesDone', ARGV[2])
    redis.call('HINCRBY', KEYS[i + 2], 'unreadable', ARGV[3])
  end
end`;

/** A transaction answers for each command by itself. */
function assertAll(results: [error: Error | null, result: unknown][] | null): void {
  for (const [error] of results ?? []) if (error) throw error;
}
