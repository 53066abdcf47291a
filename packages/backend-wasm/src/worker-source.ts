/** Places in the control block, one 32-bit integer each; the arguments follow as 64-bit floats from {@link ARGUMENTS_BYTE}. */
export const CONTROL = { job: 0, next: 1, done: 2, kernel: 3, chunks: 4, argumentCount: 5, sleeping: 6, first: 7, failed: 8 } as const;
export const ARGUMENTS_BYTE = 64;
/** Where a worker that fails writes why, in 16 bits a character; zeros follow. */
export const REASON_BYTE = ARGUMENTS_BYTE + 8 * 48;
export const REASON_LENGTH = 200;
export const CONTROL_BYTES = REASON_BYTE + 2 * REASON_LENGTH;

/** Chunks a job may have: `next` holds the job's number above these bits, so that nobody takes a chunk of a later job unawares. */
export const CHUNK_BITS = 12;

/**
 * What a worker runs, as text: it starts from a string in Node and from a blob in a page, so there is no file to serve.
 *
 * It takes chunks of the current job until none is left, looks for the next job for about 0.1 ms, then sleeps. A job's
 * fields are read only after a chunk of it was taken, because until that chunk is done the job cannot be replaced. That holds where a kernel
 * fails, too: its chunk is done, the chunks that are left are taken but not computed, and the caller is told.
 */
const RUN = `
const run = ({ module, memory, control, kernels, thread }, started) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort() {} } });
  started();
  const c = new Int32Array(control, 0, ${ARGUMENTS_BYTE / 4});
  const args = new Float64Array(control, ${ARGUMENTS_BYTE});
  const reason = new Uint16Array(control, ${REASON_BYTE});
  const functions = kernels.map((name) => exports[name]);
  let seen = 0;
  for (;;) {
    let job, spins = 0;
    while ((job = Atomics.load(c, ${CONTROL.job})) === seen) {
      if (++spins < 20000) continue;
      Atomics.add(c, ${CONTROL.sleeping}, 1);
      Atomics.wait(c, ${CONTROL.job}, seen);
      Atomics.sub(c, ${CONTROL.sleeping}, 1);
      spins = 0;
    }
    if (job < 0) return;
    seen = job;
    for (;;) {
      const next = Atomics.load(c, ${CONTROL.next});
      if (next >>> ${CHUNK_BITS} !== (job & ${(1 << (32 - CHUNK_BITS)) - 1}) >>> 0) break;
      const chunk = next & ${(1 << CHUNK_BITS) - 1};
      if (chunk >= c[${CONTROL.chunks}]) break;
      if (Atomics.compareExchange(c, ${CONTROL.next}, next, next + 1) !== next) continue;
      try {
        if (!Atomics.load(c, ${CONTROL.failed}))
          functions[c[${CONTROL.kernel}]](c[${CONTROL.first}] + chunk, thread, ...args.subarray(0, c[${CONTROL.argumentCount}]));
      } catch (error) {
        if (Atomics.compareExchange(c, ${CONTROL.failed}, 0, thread) === 0)
          reason.set(Array.from(String(error).slice(0, ${REASON_LENGTH}), (character) => character.charCodeAt(0)));
      }
      Atomics.add(c, ${CONTROL.done}, 1);
    }
  }
};
`;

/** Started by `node:worker_threads`. Bun and Deno have a `self` there, too, so that how it was started must be said, not looked for. */
export const NODE_WORKER_SOURCE = `${RUN}
const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
run(workerData, () => parentPort.postMessage('ready'));
`;

/** Started by a page. */
export const PAGE_WORKER_SOURCE = `${RUN}
self.onmessage = ({ data }) => {
  run(data, () => self.postMessage('ready'));
};
`;
