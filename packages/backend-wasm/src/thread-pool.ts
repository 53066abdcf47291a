import { BackendError } from './backend-error.ts';
import type { Kernel } from './kernel-module.ts';
import { type KernelWorker, startWorker } from './worker.ts';
import { ARGUMENTS_BYTE, CHUNK_BITS, CONTROL, CONTROL_BYTES, REASON_BYTE, REASON_LENGTH } from './worker-source.ts';

// One less than fits: the caller's last look for a chunk counts one too many.
const MAX_CHUNKS = 2 ** CHUNK_BITS - 2;
const CHUNK_MASK = 2 ** CHUNK_BITS - 1;
const JOB_MASK = 2 ** (32 - CHUNK_BITS) - 1;
const STUCK_MS = 60_000;
const CALLER_FAILED = -1;

const stuck = (kernel: string) =>
  new BackendError(
    `A worker did not finish its part of ${kernel} within ${STUCK_MS / 1000} s: it was ended, or its thread gets no time. ` +
      'Call dispose() of what useWasm() returned, and useWasm() again.',
  );

/** Runs a kernel's chunks, on this thread alone or together with workers that share the memory. */
export class ThreadPool {
  readonly #exports: Record<string, Kernel>;
  readonly #names: string[];
  readonly #control: Int32Array | undefined;
  readonly #args: Float64Array | undefined;
  readonly #reason: Uint16Array | undefined;
  readonly #workers: readonly KernelWorker[];
  #job = 0;
  /** A kernel whose job a worker never ended. It may still be in the middle of it, so that there can be no other job. */
  #stuck: string | undefined;

  private constructor(exports: Record<string, Kernel>, control: SharedArrayBuffer | undefined, workers: readonly KernelWorker[]) {
    this.#exports = exports;
    this.#names = kernelNames(exports);
    this.#workers = workers;
    this.#control = control && new Int32Array(control, 0, ARGUMENTS_BYTE / 4);
    this.#args = control && new Float64Array(control, ARGUMENTS_BYTE, (REASON_BYTE - ARGUMENTS_BYTE) / 8);
    this.#reason = control && new Uint16Array(control, REASON_BYTE, REASON_LENGTH);
  }

  /**
   * @param threads how many compute, the calling one included; workers need shared memory
   * @throws Error if not all of them start; none is left then
   */
  static async start(module: WebAssembly.Module, memory: WebAssembly.Memory, threads: number): Promise<ThreadPool> {
    const { exports } = await WebAssembly.instantiate(module, { env: { memory, abort() {} } });
    const kernels = exports as unknown as Record<string, Kernel>;
    if (threads < 2) return new ThreadPool(kernels, undefined, []);
    const control = new SharedArrayBuffer(CONTROL_BYTES);
    const names = kernelNames(kernels);
    const starts = await Promise.allSettled(
      Array.from({ length: threads - 1 }, (_, i) => startWorker({ module, memory, control, kernels: names, thread: i + 1 })),
    );
    const pool = new ThreadPool(
      kernels,
      control,
      starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : [])),
    );
    const failed = starts.find((start) => start.status === 'rejected');
    if (!failed) return pool;
    pool.dispose();
    throw failed.reason;
  }

  get threads(): number {
    return this.#workers.length + 1;
  }

  /**
   * Computes chunks 0 to `chunks - 1` and returns when all are done.
   *
   * The calling thread takes chunks like any other, so it waits only for those that workers are in the middle of: a
   * busy wait of at most one chunk, which is also allowed on a page's main thread.
   *
   * @throws what a kernel throws on this thread, when nobody computes any more; BackendError if it fails on another
   */
  run(kernel: string, chunks: number, args: readonly number[]): void {
    const compute = this.#exports[kernel];
    if (!compute) throw new BackendError(`The kernel module has no ${kernel}: it is older than the code around it. Build it again.`);
    if (this.#stuck) throw stuck(this.#stuck);
    const control = this.#control;
    if (!control || chunks < 2) {
      for (let chunk = 0; chunk < chunks; chunk++) compute(chunk, 0, ...args);
      return;
    }
    for (let first = 0; first < chunks; first += MAX_CHUNKS)
      this.#share(kernel, compute, first, Math.min(MAX_CHUNKS, chunks - first), args);
  }

  /** Computes as many chunks as a job has room for, from `first` on. */
  #share(kernel: string, compute: Kernel, first: number, chunks: number, args: readonly number[]): void {
    const [control, shared] = [this.#control as Int32Array, this.#args as Float64Array];
    this.#job = (this.#job + 1) & JOB_MASK;
    shared.set(args);
    control[CONTROL.kernel] = this.#names.indexOf(kernel);
    control[CONTROL.argumentCount] = args.length;
    control[CONTROL.first] = first;
    control[CONTROL.chunks] = chunks;
    control[CONTROL.failed] = 0;
    this.#reason?.fill(0);
    Atomics.store(control, CONTROL.done, 0);
    Atomics.store(control, CONTROL.next, this.#job << CHUNK_BITS);
    Atomics.store(control, CONTROL.job, this.#job);
    if (Atomics.load(control, CONTROL.sleeping) > 0) Atomics.notify(control, CONTROL.job);
    try {
      this.#takeChunks(control, chunks, (chunk) => compute(first + chunk, 0, ...args));
    } catch (error) {
      // Workers are in the middle of the job: it ends before anybody frees what it reads and writes.
      Atomics.compareExchange(control, CONTROL.failed, 0, CALLER_FAILED);
      Atomics.add(control, CONTROL.done, 1);
      this.#takeChunks(control, chunks, () => {});
      this.#awaitWorkers(kernel, control, chunks);
      throw error;
    }
    this.#awaitWorkers(kernel, control, chunks);
    const failed = Atomics.load(control, CONTROL.failed);
    if (failed !== 0) throw new BackendError(`${kernel} failed on worker ${failed} of ${this.#workers.length}: ${this.#failure}`);
  }

  #takeChunks(control: Int32Array, chunks: number, compute: (chunk: number) => void): void {
    for (;;) {
      const chunk = Atomics.add(control, CONTROL.next, 1) & CHUNK_MASK;
      if (chunk >= chunks) return;
      if (Atomics.load(control, CONTROL.failed) === 0) compute(chunk);
      Atomics.add(control, CONTROL.done, 1);
    }
  }

  /** What the worker that failed threw. */
  get #failure(): string {
    return String.fromCharCode(...(this.#reason ?? []).filter((character) => character !== 0));
  }

  /** Calls a function of the module on this thread, for its result. */
  call(name: string, ...args: number[]): number {
    return (this.#exports[name] as unknown as (...values: number[]) => number)(...args);
  }

  #awaitWorkers(kernel: string, control: Int32Array, chunks: number): void {
    let deadline = 0;
    for (let spins = 1; Atomics.load(control, CONTROL.done) < chunks; spins++) {
      if (spins % 100_000 !== 0) continue;
      deadline ||= performance.now() + STUCK_MS;
      if (performance.now() <= deadline) continue;
      this.#stuck = kernel;
      throw stuck(kernel);
    }
  }

  dispose(): void {
    if (this.#control) {
      Atomics.store(this.#control, CONTROL.job, -1);
      Atomics.notify(this.#control, CONTROL.job);
    }
    for (const worker of this.#workers) worker.terminate();
  }
}

const kernelNames = (exports: Record<string, unknown>) => Object.keys(exports).filter((name) => typeof exports[name] === 'function');
