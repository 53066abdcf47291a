import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from './checkpoint.testing.ts';
import { type FakeWorker, fakeWorker } from './models/fake-worker.testing.ts';
import { type ServeOptions, serve } from './serve.ts';

const folder = temporaryFolder();
const source = join(folder, 'net');
writeFileSync(source, '1');

/** A server that is told by hand what happens. */
async function serving(options: Partial<ServeOptions> = {}) {
  const signals = new EventEmitter();
  const workers: FakeWorker[] = [];
  let ended: Promise<boolean> | undefined;
  const address = await new Promise<string>((onListening, reject) => {
    ended = serve(
      { models: [{ name: 'net', source }], workers: 1, port: 0, logLevel: 'silent', maxDelayMs: 0, ...options },
      {
        signals,
        onListening,
        startWorker() {
          const worker = fakeWorker();
          workers.push(worker);
          queueMicrotask(() => worker.ready());
          return worker;
        },
      },
    );
    ended.catch(reject);
  });
  const ask = () => fetch(`${address}/classify`, { method: 'POST', body: 'x', headers: { connection: 'close' } });
  return { signals, workers, address, ended: ended as Promise<boolean>, ask };
}

test('told to end, it answers what it computes, takes no more, and is done', async () => {
  const { signals, workers, ended, ask } = await serving();
  const computed = ask();
  await vi.waitFor(() => expect(workers[0]?.tasks).toHaveLength(1));
  signals.emit('SIGTERM');
  await vi.waitFor(() => expect(ask()).rejects.toThrow());
  workers[0]?.answer();
  expect((await computed).status).toBe(200);
  expect(await ended).toBe(true);
  expect(workers[0]?.isEnded).toBe(true);
  expect(signals.eventNames()).toEqual([]);
});

test('told twice, it ends at once', async () => {
  const { signals, workers, ended, ask } = await serving();
  const computed = ask().then(
    ({ status }) => status,
    () => 'closed',
  );
  await vi.waitFor(() => expect(workers[0]?.tasks).toHaveLength(1));
  signals.emit('SIGINT');
  signals.emit('SIGTERM');
  expect(await ended).toBe(false);
  expect([503, 'closed']).toContain(await computed);
});

test('it does not wait for ever for what is computed', async () => {
  const { signals, workers, ended, ask } = await serving({ drainMs: 50 });
  void ask().catch(() => undefined);
  await vi.waitFor(() => expect(workers[0]?.tasks).toHaveLength(1));
  signals.emit('SIGTERM');
  expect(await ended).toBe(false);
});

test('SIGHUP loads anew what has changed', async () => {
  const { signals, workers, ended } = await serving();
  writeFileSync(source, 'another');
  signals.emit('SIGHUP');
  await vi.waitFor(() => expect(workers).toHaveLength(2));
  await vi.waitFor(() => expect(workers[0]?.isEnded).toBe(true));
  signals.emit('SIGTERM');
  expect(await ended).toBe(true);
});

test('where it watches, it needs no signal', async () => {
  const { signals, workers, ended } = await serving({ watchMs: 5 });
  let writes = 0;
  await vi.waitFor(() => {
    writeFileSync(source, `write ${writes++}`);
    expect(workers.length).toBeGreaterThan(1);
  });
  signals.emit('SIGTERM');
  expect(await ended).toBe(true);
});

test('a port that is taken is said, and nothing is left running', async () => {
  const first = await serving();
  await expect(serving({ port: Number(new URL(first.address).port) })).rejects.toThrow(/^port \d+ is taken\. Choose another: --port 8081$/);
  first.signals.emit('SIGTERM');
  expect(await first.ended).toBe(true);
});
