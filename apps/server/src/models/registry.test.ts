import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../checkpoint.testing.ts';
import { type FakeWorker, fakeWorker, MEMORY, task } from './fake-worker.testing.ts';
import { modelHost } from './model-host.ts';
import { modelRegistry } from './registry.ts';

const folder = temporaryFolder();

/** A registry whose workers load at once, but for those whose source is named in `broken`. */
function served(memoryBytes = Number.POSITIVE_INFINITY) {
  const workers = new Map<string, FakeWorker[]>();
  const broken = new Set<string>();
  const held = new Set<string>();
  const registry = modelRegistry({
    memoryBytes,
    log: vi.fn(),
    start: ({ name, version, source }) =>
      modelHost({
        title: `${name}, version ${version}`,
        model: { source, backend: 'wasm', threads: 1, batch: 1, maxPixels: 1 },
        workers: 1,
        capacity: 4,
        stuckMs: 60_000,
        observer: { stage: vi.fn(), rejected: vi.fn(), lost: vi.fn(), failed: vi.fn() },
        start() {
          const worker = fakeWorker();
          workers.set(source, [...(workers.get(source) ?? []), worker]);
          if (!held.has(source)) queueMicrotask(() => (broken.has(source) ? worker.refuse('it is broken.') : worker.ready()));
          return worker;
        },
      }),
  });
  const ask = (name?: string, version?: string) =>
    Promise.all(
      registry
        .find(name, version)
        .host()
        .submit([task(1)], { timeoutMs: 10_000 }),
    );
  const states = () => registry.models.map(({ name, version, state }) => `${name}:${version} ${state}`);
  return { registry, workers, broken, held, ask, states };
}

test('the latest version answers where none is named, by number', async () => {
  const { registry } = served();
  await registry.set(['9', '10', '2'].map((version) => ({ name: 'net', version, source: version })));
  expect(registry.find('net').version).toBe('10');
  expect(registry.find('net', '9').version).toBe('9');
});

test.each([
  ['other', undefined, 404, "there is no model 'other'; there are: a, b."],
  ['a', '7', 404, "a: there is no version '7'; there are: 1."],
  [undefined, undefined, 400, 'name one of the models, ?model=: a, b.'],
])('who asks for %s, version %s, is told what there is', async (name, version, status, message) => {
  const { registry } = served();
  await registry.set(['a', 'b'].map((source) => ({ name: source, source })));
  expect(() => registry.find(name, version)).toThrow(expect.objectContaining({ status, message }));
});

test('what changed is loaded beside the old one, which answers until then and finishes what it has', async () => {
  const { registry, workers, held, ask } = served();
  const source = join(folder, 'changing');
  writeFileSync(source, '1');
  await registry.set([{ name: 'net', source }]);
  const computed = ask('net');
  const waiting = ask('net');
  writeFileSync(source, 'another');
  held.add(source);
  const swapped = registry.set([{ name: 'net', source }]);
  await vi.waitFor(() => expect(workers.get(source)).toHaveLength(2));
  const [old, next] = workers.get(source) as [FakeWorker, FakeWorker];
  const meanwhile = ask('net');
  expect(next.tasks).toEqual([]);
  next.ready();
  await swapped;
  const after = ask('net');
  expect(next.tasks).toHaveLength(1);
  expect(old.isEnded).toBe(false);
  for (let i = 0; i < 3; i++) old.answer();
  next.answer();
  expect(await Promise.all([computed, waiting, meanwhile, after])).toHaveLength(4);
  await vi.waitFor(() => expect(old.isEnded).toBe(true));
});

test('what is the same is left alone', async () => {
  const { registry, workers } = served();
  await registry.set([{ name: 'net', source: 'a' }]);
  await registry.set([{ name: 'net', source: 'a' }]);
  expect(workers.get('a')).toHaveLength(1);
});

test('what cannot be loaded leaves the old one, and is said', async () => {
  const { registry, broken, states } = served();
  await registry.set([{ name: 'net', source: 'good' }]);
  broken.add('bad');
  expect(await registry.set([{ name: 'net', source: 'bad' }])).toEqual(['net, version 1: cannot be loaded. it is broken.']);
  expect(states()).toEqual(['net:1 READY']);
});

test('what is no longer named finishes what it has', async () => {
  const { registry, workers, ask, states } = served();
  await registry.set([{ name: 'net', source: 'a' }]);
  const computed = ask('net');
  await registry.set([]);
  expect(states()).toEqual([]);
  expect(() => registry.find('net')).toThrow("there is no model 'net'");
  workers.get('a')?.[0]?.answer();
  expect(await computed).toHaveLength(1);
  await vi.waitFor(() => expect(workers.get('a')?.[0]?.isEnded).toBe(true));
});

test('what was used least lately leaves when memory is short, and comes back when it is asked for', async () => {
  const { registry, workers, ask, states } = served(2.5 * MEMORY.bytes);
  await registry.set(['a', 'b'].map((source) => ({ name: source, source })));
  const used = ask('a');
  workers.get('a')?.[0]?.answer();
  await used;
  await registry.set(['a', 'b', 'c'].map((source) => ({ name: source, source })));
  expect(states()).toEqual(['a:1 READY', 'b:1 UNAVAILABLE', 'c:1 READY']);
  expect(registry.memoryBytes).toBeLessThanOrEqual(2.5 * MEMORY.bytes);
  const answer = ask('b');
  await vi.waitFor(() => expect(workers.get('b')?.[1]?.tasks).toHaveLength(1));
  workers.get('b')?.[1]?.answer();
  expect(await answer).toHaveLength(1);
  expect(states()).toEqual(['a:1 UNAVAILABLE', 'b:1 READY', 'c:1 READY']);
});

test('what leaves while it computes finishes', async () => {
  const { registry, workers, ask } = served(1.5 * MEMORY.bytes);
  await registry.set([{ name: 'a', source: 'a' }]);
  const computed = ask('a');
  await registry.set(['a', 'b'].map((source) => ({ name: source, source })));
  workers.get('a')?.[0]?.answer();
  expect(await computed).toHaveLength(1);
});

test('unloaded by name it stays away until it is loaded by name', async () => {
  const { registry, states, ask } = served();
  await registry.set([{ name: 'net', source: 'a' }]);
  await registry.unload('net');
  expect(states()).toEqual(['net:1 UNAVAILABLE']);
  expect(() => ask('net')).toThrow('net, version 1: is unloaded.');
  await registry.load('net');
  expect(states()).toEqual(['net:1 READY']);
});

test('what is named twice is refused', async () => {
  const { registry } = served();
  const twice = ['a', 'b'].map((source) => ({ name: 'net', source }));
  await expect(registry.set(twice)).rejects.toThrow('net, version 1: is named twice.');
});
