import { RequestFault } from '../request-fault.ts';
import type { Answer, FromWorker, ModelFacts, Results, Task, WorkerMemory, WorkerModel } from '../worker/protocol.ts';
import type { WorkerChannel } from './worker-channel.ts';

export type Stage = 'queue' | 'decode' | 'network';

/** Why a request came to nothing without being computed. */
export type Rejection = 'queue' | 'deadline' | 'cancelled' | 'worker' | 'closed';

/** What is told of a host while it works. */
export interface HostObserver {
  stage(stage: Stage, ms: number): void;
  rejected(reason: Rejection): void;
  /** A worker ended that was not told to. */
  lost(reason: string): void;
  /** Something failed inside; the client was only told that it did. */
  failed(detail: string): void;
}

export interface HostOptions {
  /** For messages: `resnet50, version 2`. */
  readonly title: string;
  readonly model: WorkerModel;
  readonly workers: number;
  /** Tasks that may wait. A request that brings several is taken whole while fewer wait. */
  readonly capacity: number;
  /** A worker that computes longer on one thing than this is taken to be stuck, and is replaced. */
  readonly stuckMs: number;
  readonly start: () => WorkerChannel;
  readonly observer: HostObserver;
}

export interface SubmitOptions {
  readonly timeoutMs: number;
  /** Whoever asked is gone. */
  readonly signal?: AbortSignal | undefined;
}

/** One version of a network, its workers and what waits for them. */
export interface ModelHost {
  /** What is known of it, once a worker has loaded it. @throws RequestFault if that failed. */
  readonly ready: Promise<ModelFacts>;
  /** `undefined` until then. */
  readonly facts: ModelFacts | undefined;
  readonly workers: number;
  readonly waiting: number;
  readonly busy: number;
  /** Workers that could take work now or after what they do. */
  readonly live: number;
  readonly memory: WorkerMemory;
  /** @throws RequestFault where more wait than may. */
  assertRoom(): void;
  /**
   * Has each task computed by the next worker that is free.
   *
   * @throws RequestFault at once where there is no room. Each promise rejects with one for itself.
   */
  submit<T extends Task>(tasks: readonly T[], options: SubmitOptions): Promise<Results[T['kind']]>[];
  /** Takes nothing more, computes what waits, then ends the workers. */
  drain(): Promise<void>;
  /** Ends the workers at once: what waits is refused. */
  close(): Promise<void>;
}

interface Job {
  readonly task: Task;
  readonly since: number;
  attempts: number;
  isOver: boolean;
  readonly resolve: (value: Results[Task['kind']]) => void;
  readonly reject: (fault: RequestFault) => void;
}

interface Slot {
  channel: WorkerChannel | undefined;
  state: 'starting' | 'idle' | 'busy' | 'gone';
  jobs: readonly Job[];
  stuck: NodeJS.Timeout | undefined;
  memory: WorkerMemory;
  /** Ends without a result, one after the other. */
  failures: number;
  retry: NodeJS.Timeout | undefined;
}

/** What was begun on a worker that ended is tried on another, once: a task that ends workers must not end all of them. */
const MOST_ATTEMPTS = 2;
const NOTHING: WorkerMemory = { bytes: 0, tensors: 0 };

/** Starts the workers of a network, one first, so that it is downloaded and found to be wrong once. */
export function modelHost({ title, model, workers, capacity, stuckMs, start, observer }: HostOptions): ModelHost {
  const queue: Job[] = [];
  const slots: Slot[] = Array.from({ length: workers }, () => ({
    channel: undefined,
    state: 'gone',
    jobs: [],
    stuck: undefined,
    memory: NOTHING,
    failures: 0,
    retry: undefined,
  }));
  let state: 'open' | 'draining' | 'closed' = 'open';
  let facts: ModelFacts | undefined;
  let serviceMs = 0; // of one task, lately
  let whenIdle: (() => void) | undefined;
  let settleReady: { resolve: (facts: ModelFacts) => void; reject: (fault: RequestFault) => void };
  const ready = new Promise<ModelFacts>((resolve, reject) => {
    settleReady = { resolve, reject };
  });
  ready.catch(() => undefined); // whoever waits hears of it

  const over = (job: Job, settle: () => void): void => {
    if (job.isOver) return;
    job.isOver = true;
    settle();
  };
  const refuse = (job: Job, reason: Rejection, status: number, message: string): void =>
    over(job, () => {
      observer.rejected(reason);
      job.reject(new RequestFault(status, `${title}: ${message}`, { reason, ...(status === 503 && { retryAfterSeconds: 1 }) }));
    });
  const withdraw = (jobs: readonly Job[], reason: 'deadline' | 'cancelled', status: number, message: string): void => {
    for (const job of jobs) {
      const place = queue.indexOf(job);
      if (place >= 0) queue.splice(place, 1);
      refuse(job, reason, status, message);
    }
    checkIdle();
  };

  function checkIdle(): void {
    if (queue.length === 0 && slots.every((slot) => slot.state !== 'busy')) whenIdle?.();
  }

  function dispatch(): void {
    for (const slot of slots) {
      if (queue.length === 0) break;
      if (slot.state !== 'idle') continue;
      const jobs = queue.splice(0, facts?.batch ?? 1);
      for (const job of jobs) {
        job.attempts++;
        observer.stage('queue', performance.now() - job.since);
      }
      slot.state = 'busy';
      slot.jobs = jobs;
      const { channel } = slot;
      slot.stuck = setTimeout(() => {
        for (const job of jobs) job.attempts = MOST_ATTEMPTS;
        void channel?.end();
      }, stuckMs);
      channel?.post({ type: 'run', tasks: jobs.map(({ task }) => task) });
    }
    checkIdle();
  }

  function settle(job: Job, answer: Answer | undefined): void {
    if (answer?.ok) {
      observer.stage('decode', answer.decodeMs);
      observer.stage('network', answer.networkMs);
      over(job, () => job.resolve(answer.value));
    } else {
      const { status, message, detail } = answer?.fault ?? {
        status: 500,
        message: 'this failed inside the server.',
        detail: 'no answer came',
      };
      if (detail !== undefined) observer.failed(detail);
      over(job, () => job.reject(new RequestFault(status, message)));
    }
  }

  function receive(slot: Slot, message: FromWorker): void {
    if (message.type === 'refused') {
      if (facts)
        void slot.channel?.end(); // it was there before: tried again, as after any end
      else fail(message.message);
      return;
    }
    if (message.type === 'ready' && facts && message.facts.fingerprint !== facts.fingerprint) {
      // Its source has changed since the version was loaded. Half the answers from one network and half from another would be worse than none.
      observer.failed(`${title}: a worker that started anew found another network at its source. Load the model again to serve that one.`);
      void slot.channel?.end();
      return;
    }
    slot.memory = message.memory;
    if (message.type === 'ready') {
      const isFirst = !facts;
      facts = message.facts;
      slot.state = 'idle';
      if (isFirst) {
        settleReady.resolve(facts);
        for (const other of slots) if (other !== slot) launch(other);
      }
    } else {
      clearTimeout(slot.stuck);
      slot.failures = 0;
      const { jobs } = slot;
      slot.jobs = [];
      slot.state = 'idle';
      for (const [i, job] of jobs.entries()) settle(job, message.answers[i]);
      const ms = message.answers.reduce((sum, answer) => sum + (answer.ok ? answer.decodeMs + answer.networkMs : 0), 0) / jobs.length;
      if (ms > 0) serviceMs = serviceMs === 0 ? ms : 0.9 * serviceMs + 0.1 * ms;
    }
    dispatch();
  }

  function lose(slot: Slot, reason: string): void {
    clearTimeout(slot.stuck);
    const { jobs } = slot;
    Object.assign(slot, { channel: undefined, state: 'gone', jobs: [], memory: NOTHING });
    if (state === 'closed') return;
    observer.lost(reason);
    if (!facts) {
      fail(`a worker ended before it was ready: ${reason}.`);
      return;
    }
    const again = jobs.filter((job) => !job.isOver && job.attempts < MOST_ATTEMPTS);
    for (const job of jobs)
      if (!again.includes(job))
        refuse(job, 'worker', 503, 'the worker ended while it computed this, and so did another, or it took too long.');
    queue.unshift(...again);
    // At once the first time; what ends again and again waits longer and longer.
    const wait = slot.failures === 0 ? 0 : Math.min(30_000, 500 * 2 ** (slot.failures - 1));
    slot.failures++;
    slot.retry = setTimeout(() => launch(slot), wait);
    dispatch();
  }

  function fail(message: string): void {
    state = 'closed';
    settleReady.reject(new RequestFault(503, `${title}: cannot be loaded. ${message}`));
    for (const job of queue.splice(0)) refuse(job, 'closed', 503, 'cannot be loaded.');
    void endAll();
  }

  function launch(slot: Slot): void {
    if (state === 'closed') return;
    slot.retry = undefined;
    const channel = start();
    slot.channel = channel;
    slot.state = 'starting';
    channel.listen(
      (message) => slot.channel === channel && receive(slot, message),
      (reason) => slot.channel === channel && lose(slot, reason),
    );
    channel.post({ type: 'start', model });
  }

  async function endAll(): Promise<void> {
    for (const slot of slots) {
      clearTimeout(slot.retry);
      clearTimeout(slot.stuck);
    }
    await Promise.all(slots.map(({ channel }) => channel?.end()));
  }

  function assertRoom(): void {
    if (state !== 'open') throw new RequestFault(503, `${title}: is being unloaded.`, { reason: 'closed', retryAfterSeconds: 1 });
    if (queue.length < capacity) return;
    observer.rejected('queue');
    const seconds = Math.max(1, Math.ceil((queue.length * serviceMs) / workers / 1000));
    throw new RequestFault(503, `${title}: ${queue.length} wait, and no more may. Try again in ${seconds} s.`, {
      reason: 'queue',
      retryAfterSeconds: seconds,
    });
  }

  launch(slots[0] as Slot);
  return {
    ready,
    workers,
    get facts() {
      return facts;
    },
    get waiting() {
      return queue.length;
    },
    get busy() {
      return slots.filter((slot) => slot.state === 'busy').length;
    },
    get live() {
      return slots.filter((slot) => slot.state === 'idle' || slot.state === 'busy').length;
    },
    get memory() {
      return slots.reduce((sum, { memory }) => ({ bytes: sum.bytes + memory.bytes, tensors: sum.tensors + memory.tensors }), NOTHING);
    },
    assertRoom,
    submit<T extends Task>(tasks: readonly T[], { timeoutMs, signal }: SubmitOptions) {
      assertRoom();
      const jobs: Job[] = [];
      const results = tasks.map(
        (task) =>
          new Promise<Results[Task['kind']]>((resolve, reject) => {
            jobs.push({ task, since: performance.now(), attempts: 0, isOver: false, resolve, reject });
          }),
      );
      const deadline = setTimeout(() => withdraw(jobs, 'deadline', 504, `no answer within ${timeoutMs} ms.`), timeoutMs);
      const onAbort = (): void => withdraw(jobs, 'cancelled', 499, 'whoever asked is gone.');
      signal?.addEventListener('abort', onAbort, { once: true });
      void Promise.allSettled(results).then(() => {
        clearTimeout(deadline);
        signal?.removeEventListener('abort', onAbort);
      });
      queue.push(...jobs);
      if (signal?.aborted) onAbort();
      dispatch();
      return results as Promise<Results[T['kind']]>[];
    },
    async drain() {
      if (state === 'open') state = 'draining';
      await new Promise<void>((resolve) => {
        whenIdle = resolve;
        checkIdle();
      });
      await this.close();
    },
    async close() {
      state = 'closed';
      settleReady.reject(new RequestFault(503, `${title}: was unloaded.`));
      for (const job of [...queue.splice(0), ...slots.flatMap(({ jobs }) => jobs)]) refuse(job, 'closed', 503, 'was unloaded.');
      whenIdle?.();
      await endAll();
    },
  };
}
