import { afterAll, describe, expect, test } from 'vitest';
import { cases } from './cases/index.ts';
import type { BackendName } from './conformance-case.ts';
import { report, type Skipped } from './report.ts';
import { selection } from './selection.ts';
import { startInNode } from './start-in-node.ts';

/** Declares the whole suite for a backend in Node, in a file of its own: a process has one set of kernels. */
export async function declareSuite(backend: BackendName): Promise<void> {
  const { backends, asked } = selection(process.env.RESNETJS_BACKENDS);
  if (!backends.includes(backend)) return declareSkipped(backend, 'RESNETJS_BACKENDS does not name it');
  const started = await startInNode(backend).then(
    (what) => what,
    (error: Error) => ({ error }),
  );
  if ('error' in started && !asked) return declareSkipped(backend, started.error.message);
  // Every case computes in seconds at most, but on a GPU in software.
  describe(`${backend} in Node`, { timeout: 60_000 }, () => {
    test('starts', () => {
      if ('error' in started) throw started.error;
    });
    if ('error' in started) return;
    const skipped: Skipped[] = [];
    test.each(cases.map((given) => [given.name, given] as const))('%s', async (name, { run, skip }) => {
      const reason = skip?.({ ...started, asked, page: false });
      if (reason) skipped.push({ name, reason });
      else await run();
    });
    afterAll(() => report(`${backend} in Node (${started.what})`, { total: cases.length, skipped }));
  });
}

function declareSkipped(backend: BackendName, reason: string): void {
  report(`${backend} in Node`, { total: cases.length, skipped: reason });
  test.skip(`${backend} in Node (${reason})`, () => expect.unreachable());
}
