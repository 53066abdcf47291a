import * as tf from '@tensorflow/tfjs-core';
import { OutOfMemoryError } from './out-of-memory-error.ts';
import { Recording } from './recording.ts';
import type { TfjsWasm } from './start-tfjs.ts';

type Scratch = Map<string, { readonly address: number; readonly sizeBytes: number }>;

/** Of a cache. The allocator's blocks begin at any multiple of 8 bytes, and every fourth vector of such a block lies in two lines. */
const LINE_BYTES = 64;

const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/**
 * tfjs-backend-wasm's heap, with every allocation checked.
 *
 * tfjs ignores that `malloc` returns 0 when memory is full: two tensors would then share address 0. The check is put in
 * front of the allocator itself, so it covers tfjs' own tensors too.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly #wasm: { _malloc(sizeBytes: number): number; _free(address: number): void };
  readonly #malloc: (sizeBytes: number) => number;
  readonly #free: (address: number) => void;
  /** Where the allocator's blocks begin that hold ours. */
  readonly #blocks = new Map<number, number>();
  #scratch: Scratch = new Map();
  #recording: Recording | undefined;
  #f32 = new Float32Array();
  #i32 = new Int32Array();

  /** Called when memory is full: frees what is only held to be faster. */
  onFull: () => void = () => {};

  constructor(wasm: TfjsWasm) {
    this.memory = wasm.asm.memory;
    this.#wasm = wasm;
    // Emscripten's functions replace themselves at their first call, which would undo the next line but one.
    wasm._free(wasm._malloc(8));
    this.#malloc = wasm._malloc.bind(wasm);
    this.#free = wasm._free.bind(wasm);
    // Kernels of ours ask by `allocateTensor`; who comes this way is tfjs, whose work cannot be recorded.
    this.#wasm._malloc = (sizeBytes) => {
      this.#recording?.fail();
      return this.allocateTensor(sizeBytes);
    };
    this.#wasm._free = (address) => this.free(address);
  }

  /** @throws OutOfMemoryError if the memory is full. */
  allocate(sizeBytes: number): number {
    let address = this.#allocate(sizeBytes);
    if (address !== 0) return address;
    this.onFull();
    address = this.#allocate(sizeBytes);
    if (address === 0) throw this.#full(sizeBytes);
    return address;
  }

  /**
   * Memory for a tensor's values.
   *
   * @throws OutOfMemoryError if the memory is full.
   */
  allocateTensor(sizeBytes: number): number {
    if (this.#recording) return this.#recording.allocate(sizeBytes);
    const address = this.#allocate(sizeBytes);
    if (address !== 0) return address;
    // Kernels make their results before they ask for scratch, so what scratch is held here belongs to earlier calls.
    this.freeScratch();
    return this.allocate(sizeBytes);
  }

  #full(sizeBytes: number): OutOfMemoryError {
    const { numBytes, numTensors } = tf.memory();
    return new OutOfMemoryError(
      `${mib(sizeBytes)} of WebAssembly memory were asked for, but of the ${mib(2 ** 32)} that there can be tfjs holds ` +
        `${mib(numBytes)} in ${numTensors} tensors. Dispose tensors, use smaller batches or images, or wrap the work in tf.tidy.`,
    );
  }

  // Emscripten's allocator takes a signed size; anything that does not fit in 32 bits cannot be had.
  #allocate(sizeBytes: number): number {
    const block = sizeBytes < 2 ** 32 - 65536 ? this.#malloc(sizeBytes + LINE_BYTES) >>> 0 : 0;
    if (block === 0) return 0;
    const address = Math.ceil(block / LINE_BYTES) * LINE_BYTES;
    this.#blocks.set(address, block);
    return address;
  }

  free(address: number): void {
    if (this.#recording?.release(address)) return;
    // What tfjs allocated before we stood in its way begins where its block does.
    this.#free(this.#blocks.get(address) ?? address);
    this.#blocks.delete(address);
  }

  /**
   * Records what kernels `pass` calls, with memory of its own for what they make.
   *
   * @param pass is given the recording, and asks it for what it keeps
   * @returns what was recorded, or nothing if the pass cannot be repeated by these calls alone
   */
  record(pass: (recording: Recording) => void): Recording | undefined {
    const scratch = this.#scratch;
    const recording = new Recording({ allocate: (sizeBytes) => this.allocate(sizeBytes), free: (address) => this.free(address) });
    this.#recording = recording;
    this.#scratch = new Map();
    try {
      pass(recording);
    } catch (error) {
      recording.fail();
      throw error;
    } finally {
      this.freeScratch();
      this.#recording = undefined;
      this.#scratch = scratch;
      recording.finish();
    }
    return recording.failed ? undefined : recording;
  }

  /** What is being recorded. */
  get recording(): Recording | undefined {
    return this.#recording;
  }

  /**
   * Memory for the duration of one kernel call, reused by the next call that asks under the same name.
   *
   * @param name what it holds; two buffers that are needed at once need two names
   */
  scratch(name: string, sizeBytes: number): number {
    const held = this.#scratch.get(name);
    if (held && held.sizeBytes >= sizeBytes) return held.address;
    if (held) {
      this.#scratch.delete(name);
      this.free(held.address);
    }
    const address = this.#recording?.allocate(sizeBytes) ?? this.allocate(sizeBytes);
    this.#scratch.set(name, { address, sizeBytes });
    return address;
  }

  /** Integers for one kernel call, which a recording keeps. */
  table(name: string, integers: readonly number[]): number {
    const sizeBytes = integers.length * 4;
    const address = this.#recording?.keep(sizeBytes) ?? this.scratch(name, sizeBytes);
    this.#integers.set(integers, address >>> 2);
    return address;
  }

  /** Runs kernels that may set an integer, whose address they are given; returns whether it stayed 0. */
  staysClear(run: (flag: number) => void, flag = this.scratch('flag', 16)): boolean {
    if (this.#recording) this.#recording.flag = flag;
    this.#integers[flag >>> 2] = 0;
    run(flag);
    const clear = this.#integers[flag >>> 2] === 0;
    if (!clear) this.#recording?.fail();
    return clear;
  }

  freeScratch(): void {
    for (const { address } of this.#scratch.values()) this.free(address);
    this.#scratch.clear();
  }

  /** Copies `count` floats. */
  copy(from: number, to: number, count: number): void {
    this.#floats.copyWithin(to >>> 2, from >>> 2, (from >>> 2) + count);
  }

  /**
   * The memory as floats, for JavaScript to compute on, which cannot be recorded; asked for anew after every allocation, which may have
   * moved its end.
   */
  get f32(): Float32Array {
    this.#recording?.fail();
    return this.#floats;
  }

  get #floats(): Float32Array {
    if (this.#f32.buffer !== this.memory.buffer) this.#f32 = new Float32Array(this.memory.buffer);
    return this.#f32;
  }

  get #integers(): Int32Array {
    if (this.#i32.buffer !== this.memory.buffer) this.#i32 = new Int32Array(this.memory.buffer);
    return this.#i32;
  }

  /** Gives tfjs its unchecked allocator back. Tensors that are freed later still are where they are. */
  release(): void {
    this.freeScratch();
    this.#wasm._malloc = this.#malloc;
  }
}
