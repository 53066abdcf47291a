import * as tf from '@tensorflow/tfjs-core';
import { OutOfMemoryError } from './out-of-memory-error.ts';
import type { TfjsWasm } from './start-tfjs.ts';

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
  readonly #scratch = new Map<string, { address: number; sizeBytes: number }>();
  #f32 = new Float32Array();
  #i32 = new Int32Array();

  constructor(wasm: TfjsWasm) {
    this.memory = wasm.asm.memory;
    this.#wasm = wasm;
    // Emscripten's functions replace themselves at their first call, which would undo the next line but one.
    wasm._free(wasm._malloc(8));
    this.#malloc = wasm._malloc.bind(wasm);
    this.#wasm._malloc = (sizeBytes) => this.#allocateTensor(sizeBytes);
  }

  /** @throws OutOfMemoryError if the memory is full. */
  allocate(sizeBytes: number): number {
    const address = this.#allocate(sizeBytes);
    if (address === 0) throw this.#full(sizeBytes);
    return address;
  }

  // Kernels make their results before they ask for scratch, so what scratch is held here belongs to earlier calls.
  #allocateTensor(sizeBytes: number): number {
    let address = this.#allocate(sizeBytes);
    if (address === 0 && this.#scratch.size > 0) {
      this.freeScratch();
      address = this.#allocate(sizeBytes);
    }
    if (address === 0) throw this.#full(sizeBytes);
    return address;
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
    return sizeBytes < 2 ** 32 - 65536 ? this.#malloc(sizeBytes) >>> 0 : 0;
  }

  free(address: number): void {
    this.#wasm._free(address);
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
    const address = this.allocate(sizeBytes);
    this.#scratch.set(name, { address, sizeBytes });
    return address;
  }

  freeScratch(): void {
    for (const { address } of this.#scratch.values()) this.free(address);
    this.#scratch.clear();
  }

  /** The memory as floats; asked for anew after every allocation, which may have moved its end. */
  get f32(): Float32Array {
    if (this.#f32.buffer !== this.memory.buffer) this.#f32 = new Float32Array(this.memory.buffer);
    return this.#f32;
  }

  get i32(): Int32Array {
    if (this.#i32.buffer !== this.memory.buffer) this.#i32 = new Int32Array(this.memory.buffer);
    return this.#i32;
  }

  /** Gives tfjs its unchecked allocator back. */
  release(): void {
    this.freeScratch();
    this.#wasm._malloc = this.#malloc;
  }
}
