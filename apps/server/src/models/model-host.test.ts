import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ModelFacts, Prediction } from '../worker/protocol.ts';
import { type FakeWorker, fakeWorker, MEMORY, task } from './fake-worker.testing.ts';
import { type HostObserver, type HostOptions, type ModelHost, modelHost } from './model-host.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Stage {
  readonly host: ModelHost;
  /** All that were ever started, in order. */
  readonly workers: FakeWorker[];
  readonly observer: { [Key in keyof HostObserver]: ReturnType<typeof vi.fn> };
  /** Submits one task and says how it ends. */
  ask(top: number, options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<unknown>;
}

function stage(options: Partial<HostOptions> = {}): Stage {
  const workers: FakeWorker[] = [];
  const observer = { stage: vi.fn(), rejected: vi.fn(), lost: vi.fn(), failed: vi.fn() };
  const host = modelHost({
    title: 'net',
    model: { source: 'net', backend: 'wasm', threads: 1, batch: 1, maxPixels: 1 },
    workers: 1,
    capacity: 2,
    stuckMs: 60_000,
    observer,
    start: () => {
      const worker = fakeWorker();
      workers.push(worker);
      return worker;
    },
    ...options,
  });
  const ask: Stage['ask'] = async (top, { timeoutMs = 1000, signal } = {}) => {
    try {
      const [answer] = await Promise.all(host.submit([task(top)], { timeoutMs, signal }));
      return (answer as readonly Prediction[])[0]?.index;
    } catch (error) {
      const { status, reason, retryAfterSeconds } = error as { status: number; reason?: string; retryAfterSeconds?: number };
      return [status, reason, retryAfterSeconds];
    }
  };
  return { host, workers, observer, ask };
}

/** One that is ready, with so many workers. */
function started(options: Partial<HostOptions> = {}, facts: Partial<ModelFacts> = {}): Stage {
  const all = stage(options);
  all.workers[0]?.ready(facts);
  for (const worker of all.workers.slice(1)) worker.ready(facts);
  return all;
}

const first = ({ workers }: Stage): FakeWorker => workers[0] as FakeWorker;

test('one worker loads first; the others when it has', async () => {
  const all = stage({ workers: 3 });
  expect(all.workers).toHaveLength(1);
  expect(all.host.facts).toBeUndefined();
  first(all).ready();
  expect((await all.host.ready).network).toBe('fake');
  expect(all.workers).toHaveLength(3);
  expect(all.host.live).toBe(1);
});

test('what is asked for while it loads waits for that', async () => {
  const all = stage();
  const answer = all.ask(5);
  expect(all.host.waiting).toBe(1);
  first(all).ready();
  first(all).answer();
  expect(await answer).toBe(5);
});

test('tasks go to workers that are free, in the order in which they came', async () => {
  const all = started({ workers: 2, capacity: 10 });
  const answers = [1, 2, 3].map((top) => all.ask(top));
  expect(all.workers.map(({ tasks }) => tasks)).toEqual([[task(1)], [task(2)]]);
  all.workers[1]?.answer();
  expect(all.workers[1]?.tasks).toEqual([task(3)]);
  for (const worker of all.workers) worker.answer();
  expect(await Promise.all(answers)).toEqual([1, 2, 3]);
});

test('what is more than may wait is refused at once, and says when to try again', async () => {
  const all = started();
  const answers = [1, 2, 3].map((top) => all.ask(top)); // one is computed, two wait
  expect(await all.ask(4)).toEqual([503, 'queue', 1]);
  expect(all.observer.rejected).toHaveBeenCalledWith('queue');
  for (let i = 0; i < 3; i++) first(all).answer();
  expect(await Promise.all(answers)).toEqual([1, 2, 3]);
});

test('a request that brings several is taken whole while there is room', async () => {
  const all = started();
  const answers = Promise.all(all.host.submit([1, 2, 3, 4, 5].map(task), { timeoutMs: 1000 }));
  expect(await all.ask(6)).toEqual([503, 'queue', 1]);
  for (let i = 0; i < 5; i++) first(all).answer();
  expect(((await answers) as (readonly Prediction[])[]).map(([one]) => one?.index)).toEqual([1, 2, 3, 4, 5]);
});

test('batches are given only where the network is better off with them', () => {
  const alone = started({ capacity: 9 });
  const together = started({ capacity: 9 }, { batch: 4 });
  for (const all of [alone, together]) {
    for (let top = 1; top <= 6; top++) void all.ask(top);
    first(all).answer();
  }
  expect(first(alone).runs.map((run) => run.length)).toEqual([1, 1]);
  expect(first(together).runs.map((run) => run.length)).toEqual([1, 4]);
});

test('a fault of one task is its own', async () => {
  const all = started({ capacity: 9 }, { batch: 4 });
  const busy = all.ask(0);
  const answers = [1, 2, 3].map((top) => all.ask(top));
  first(all).answer();
  first(all).answer((one) =>
    one.kind === 'classify' && one.top === 2
      ? { ok: false, fault: { status: 422, message: 'no image' } }
      : { ok: true, value: [{ index: 9, label: '', probability: 1 }], decodeMs: 0, networkMs: 0 },
  );
  expect(await busy).toBe(0);
  expect(await Promise.all(answers)).toEqual([9, [422, undefined, undefined], 9]);
});

test('what failed inside is logged in full, and told without', async () => {
  const all = started();
  const answer = all.ask(1);
  first(all).answer(() => ({ ok: false, fault: { status: 500, message: 'failed.', detail: 'at secret.ts:1' } }));
  expect(await answer).toEqual([500, undefined, undefined]);
  expect(all.observer.failed).toHaveBeenCalledWith('at secret.ts:1');
});

describe('cancelled work is not computed', () => {
  test('when its deadline passes while it waits', async () => {
    const all = started();
    const computed = all.ask(1, { timeoutMs: 5000 });
    const late = all.ask(2, { timeoutMs: 100 });
    vi.advanceTimersByTime(101);
    expect(await late).toEqual([504, 'deadline', undefined]);
    expect(all.host.waiting).toBe(0);
    first(all).answer();
    expect(await computed).toBe(1);
    expect(first(all).runs).toHaveLength(1);
  });

  test('when whoever asked is gone', async () => {
    const all = started();
    void all.ask(1);
    const gone = new AbortController();
    const cancelled = all.ask(2, { signal: gone.signal });
    gone.abort();
    expect(await cancelled).toEqual([499, 'cancelled', undefined]);
    first(all).answer();
    expect(first(all).runs).toHaveLength(1);
  });

  test('when whoever asked was gone before', async () => {
    const all = started();
    void all.ask(1);
    expect(await all.ask(2, { signal: AbortSignal.abort() })).toEqual([499, 'cancelled', undefined]);
    expect(all.host.waiting).toBe(0);
  });

  test('but what is being computed ends, and its worker goes on', async () => {
    const all = started();
    const late = all.ask(1, { timeoutMs: 100 });
    vi.advanceTimersByTime(101);
    expect(await late).toEqual([504, 'deadline', undefined]);
    const next = all.ask(2);
    first(all).answer();
    first(all).answer();
    expect(await next).toBe(2);
  });
});

describe('a worker that ends', () => {
  test('is replaced, and what it was computing is computed by another', async () => {
    const all = started({ workers: 2, capacity: 9 });
    const answers = [1, 2, 3].map((top) => all.ask(top));
    first(all).die();
    expect(all.observer.lost).toHaveBeenCalledWith('it exited with code 1');
    all.workers[1]?.answer();
    expect(all.workers[1]?.tasks).toEqual([task(1)]); // before what came later
    vi.advanceTimersByTime(1);
    expect(all.workers).toHaveLength(3);
    all.workers[2]?.ready();
    expect(all.workers[2]?.tasks).toEqual([task(3)]);
    for (const worker of all.workers) worker.answer();
    expect(await Promise.all(answers)).toEqual([1, 2, 3]);
  });

  test('and comes back with another network than the version has is not asked, and tried again later', async () => {
    const all = started({ workers: 2, capacity: 9 });
    first(all).die();
    vi.advanceTimersByTime(1);
    all.workers[2]?.ready({ fingerprint: 'of another' });
    expect(all.workers[2]?.isEnded).toBe(true);
    expect(all.observer.failed).toHaveBeenCalledWith(expect.stringContaining('found another network at its source'));
    const answer = all.ask(1);
    expect(all.workers[1]?.tasks).toEqual([task(1)]);
    all.workers[1]?.answer();
    expect(await answer).toBe(1);
    vi.advanceTimersByTime(1000); // the file is as it was
    all.workers[3]?.ready();
    expect(all.host.live).toBe(2);
  });

  test('twice over the same task: that is refused, and does not end a third', async () => {
    const all = started();
    const answer = all.ask(1);
    first(all).die();
    vi.advanceTimersByTime(1);
    all.workers[1]?.ready();
    all.workers[1]?.die();
    expect(await answer).toEqual([503, 'worker', 1]);
    expect(all.host.waiting).toBe(0);
  });

  test('again and again is started less and less often, and for ever', () => {
    const all = started();
    const starts: number[] = [];
    for (let second = 0; second < 300; second++) {
      all.workers.at(-1)?.die();
      vi.advanceTimersByTime(1000);
      starts.push(all.workers.length);
    }
    expect(starts[2]).toBeGreaterThan(2);
    expect(all.workers.length).toBeGreaterThan(10);
    expect(all.workers.length).toBeLessThan(25);
  });

  test('because it is stuck is ended, and nobody tries the same again', async () => {
    const all = started({ stuckMs: 5000 });
    const answer = all.ask(1, { timeoutMs: 60_000 });
    vi.advanceTimersByTime(5001);
    expect(first(all).isEnded).toBe(true);
    expect(await answer).toEqual([503, 'worker', 1]);
    vi.advanceTimersByTime(1);
    expect(all.workers).toHaveLength(2);
  });

  test('before any was ready fails what waits, with the reason for whoever loads it', async () => {
    const all = stage();
    const answer = all.ask(1);
    first(all).die('no memory');
    await expect(all.host.ready).rejects.toThrow('net: cannot be loaded. a worker ended before it was ready: no memory.');
    expect(await answer).toEqual([503, 'closed', 1]);
    vi.advanceTimersByTime(60_000);
    expect(all.workers).toHaveLength(1);
  });
});

test('what cannot be loaded says so', async () => {
  const all = stage();
  first(all).refuse('net.pth: there is no such file.');
  await expect(all.host.ready).rejects.toThrow('net: cannot be loaded. net.pth: there is no such file.');
  expect(await all.ask(1)).toEqual([503, 'closed', 1]);
  expect(first(all).isEnded).toBe(true);
});

test('drained, it takes nothing more, answers what it has, and ends its workers', async () => {
  const all = started({ capacity: 9 });
  const answers = [1, 2].map((top) => all.ask(top));
  const drained = all.host.drain();
  expect(await all.ask(3)).toEqual([503, 'closed', 1]);
  expect(first(all).isEnded).toBe(false);
  first(all).answer();
  first(all).answer();
  await drained;
  expect(await Promise.all(answers)).toEqual([1, 2]);
  expect(first(all).isEnded).toBe(true);
  expect(all.observer.lost).not.toHaveBeenCalled();
});

test('closed, it refuses what it has', async () => {
  const all = started({ capacity: 9 });
  const answers = [1, 2].map((top) => all.ask(top));
  await all.host.close();
  expect(await Promise.all(answers)).toEqual([
    [503, 'closed', 1],
    [503, 'closed', 1],
  ]);
  vi.advanceTimersByTime(60_000);
  expect(all.workers).toHaveLength(1);
});

test('it says what its workers hold, and how long each stage took', async () => {
  const all = started({ workers: 2 });
  expect(all.host.memory).toEqual({ bytes: 2 * MEMORY.bytes, tensors: 2 * MEMORY.tensors });
  const answer = all.ask(1);
  first(all).answer();
  await answer;
  expect(all.observer.stage.mock.calls.map(([name]) => name)).toEqual(['queue', 'decode', 'network']);
});
