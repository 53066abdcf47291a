import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { simdPeak } from '../gemm/simd-peak.ts';
import type { Workload } from '../protocol.ts';
import { serveRuns } from './serve-runs.ts';

/** Some 45 ms on one thread, in about as many jobs and chunks as a small network. */
const JOBS = 40;
const CHUNKS = 16;
const PASSES = 36_000;

const CONTROL_INTEGERS = 3;
const [JOB, NEXT, DONE] = [0, 1, 2] as const;

/** Takes chunks until the job has no more. */
function takeChunks(control: Int32Array, peak: (passes: number) => number): void {
  while (Atomics.add(control, NEXT, 1) < CHUNKS) {
    peak(PASSES);
    Atomics.add(control, DONE, 1);
  }
}

const peak = await simdPeak({ fused: false });
if (!isMainThread) {
  const control = workerData as Int32Array;
  for (let seen = 0; ; seen = Atomics.load(control, JOB)) {
    let spins = 0;
    while (Atomics.load(control, JOB) === seen) if (++spins > 20_000) Atomics.wait(control, JOB, seen);
    takeChunks(control, peak);
  }
}

const { threads } = JSON.parse(process.argv[2] as string) as Workload;
// What the machine's other cores add at best: arithmetic that reads no memory, shared out like a network's kernels.
await serveRuns(async () => {
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_INTEGERS));
  Atomics.store(control, NEXT, CHUNKS);
  for (let i = 1; i < threads; i++) new Worker(new URL(import.meta.url), { workerData: control });
  return {
    about: `${threads} thread(s), 128-bit arithmetic in registers`,
    run: async () => {
      for (let job = 0; job < JOBS; job++) {
        Atomics.store(control, DONE, 0);
        Atomics.store(control, NEXT, 0);
        Atomics.add(control, JOB, 1);
        Atomics.notify(control, JOB);
        takeChunks(control, peak);
        while (Atomics.load(control, DONE) < CHUNKS);
      }
    },
  };
});
