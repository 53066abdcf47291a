import { OutOfMemoryError } from './backend-error.ts';
import { MOST_BYTES } from './memory-section.ts';
import type { TfjsWasm } from './start-tfjs.ts';

type Scratch = Map<string, { readonly address: number; readonly sizeBytes: number }>;

/** Of a cache. The allocator's blocks begin at any multiple of 8 bytes, and every fourth vector of such a block lies in two lines. */
const LINE_BYTES = 64;

const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** What memory is held for. All but tensors is only held to be faster, and given back before anything is refused. */
export type Purpose = 'tensors' | 'filters' | 'recordings' | 'scratch';

/** WebAssembly's memory in bytes, as it is held now. */
export interface WasmMemory extends Readonly<Record<Purpose, number>> {
  /** What was taken from the system; it is not given back before the backend is disposed of. */
  readonly total: number;
}

/** Memory for some work that is kept apart from all other. */
export interface Arena {
  /** @throws OutOfMemoryError if the memory is full. */
  allocate(sizeBytes: number): number;
  /** Memory that no other part of the work gets. */
  keep(sizeBytes: number): number;
  /** @returns whether the block is of this memory, which has it again. */
  release(address: number): boolean;
}

/** All addresses that there are, and what the allocator may ask for beside a block. */
const ADDRESSES = 2 ** 32;
const BESIDE_BYTES = 2 ** 20;

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
  /** By where they begin for us: where the allocator's blocks begin, and what for. */
  readonly #blocks = new Map<number, { readonly block: number; readonly sizeBytes: number; purpose: Purpose }>();
  readonly #held: Record<Purpose, number> = { tensors: 0, filters: 0, recordings: 0, scratch: 0 };
  #scratch: Scratch = new Map();
  #arena: Arena | undefined;
  #f32 = new Float32Array();
  #i32 = new Int32Array();

  /** Called when memory is full: frees what was used least lately of what is only held to be faster; returns whether there was any. */
  onFull: () => boolean = () => false;
  /** Called when tfjs asks for memory: what computes is not ours. */
  onTfjs: () => void = () => {};

  constructor(wasm: TfjsWasm) {
    this.memory = wasm.asm.memory;
    this.#wasm = wasm;
    // Emscripten's functions replace themselves at their first call, which would undo the next line but one.
    wasm._free(wasm._malloc(8));
    this.#malloc = wasm._malloc.bind(wasm);
    this.#free = wasm._free.bind(wasm);
    // Kernels of ours ask by `allocateTensor`.
    this.#wasm._malloc = (sizeBytes) => {
      this.onTfjs();
      return this.allocateTensor(sizeBytes);
    };
    this.#wasm._free = (address) => this.free(address);
  }

  /** @throws OutOfMemoryError if the memory is full, and nothing is left that could be given back. */
  allocate(sizeBytes: number, purpose: Purpose): number {
    for (;;) {
      const address = this.#allocate(sizeBytes, purpose);
      if (address !== 0) return address;
      if (sizeBytes >= MOST_BYTES || !this.onFull()) throw this.#full(sizeBytes);
    }
  }

  /**
   * Memory for a tensor's values.
   *
   * @throws OutOfMemoryError if the memory is full.
   */
  allocateTensor(sizeBytes: number): number {
    if (this.#arena) return this.#arena.allocate(sizeBytes);
    const address = this.#allocate(sizeBytes, 'tensors');
    if (address !== 0) return address;
    // Kernels make their results before they ask for scratch, so what scratch is held here belongs to earlier calls.
    this.freeScratch();
    return this.allocate(sizeBytes, 'tensors');
  }

  /** What memory is held for now. */
  get held(): WasmMemory {
    return { ...this.#held, total: this.memory.buffer.byteLength };
  }

  #full(sizeBytes: number): OutOfMemoryError {
    const { tensors, filters, recordings, scratch } = this.#held;
    const count = [...this.#blocks.values()].filter(({ purpose }) => purpose === 'tensors').length;
    const rest = MOST_BYTES - tensors - filters - recordings - scratch;
    return new OutOfMemoryError(
      `${mib(sizeBytes)} of WebAssembly memory were asked for. Of the ${mib(MOST_BYTES)} that there can be ${mib(tensors)} are held in ` +
        `${count} tensors, ${mib(filters)} in packed filters, ${mib(recordings)} in recorded passes and ${mib(scratch)} in scratch; ` +
        `the other ${mib(rest)} are in pieces, none of which is large enough. ` +
        'Dispose tensors, use smaller batches or images, or wrap the work in tf.tidy.',
    );
  }

  // What might make addresses go round cannot be had, see `memory-section.ts`: the memory may have to grow by all of it.
  #allocate(sizeBytes: number, purpose: Purpose): number {
    const block = sizeBytes <= ADDRESSES - this.memory.buffer.byteLength - BESIDE_BYTES ? this.#malloc(sizeBytes + LINE_BYTES) >>> 0 : 0;
    if (block === 0) return 0;
    const address = Math.ceil(block / LINE_BYTES) * LINE_BYTES;
    this.#blocks.set(address, { block, sizeBytes, purpose });
    this.#held[purpose] += sizeBytes;
    return address;
  }

  free(address: number): void {
    if (this.#arena?.release(address)) return;
    const held = this.#blocks.get(address);
    // What tfjs allocated before we stood in its way begins where its block does.
    this.#free(held?.block ?? address);
    if (!held) return;
    this.#blocks.delete(address);
    this.#held[held.purpose] -= held.sizeBytes;
  }

  /** What a block holds is held for another purpose from now on. */
  repurpose(address: number, purpose: Purpose): void {
    const held = this.#blocks.get(address);
    if (!held) return;
    this.#held[held.purpose] -= held.sizeBytes;
    this.#held[purpose] += held.sizeBytes;
    held.purpose = purpose;
  }

  /** Does work whose tensors, scratch and tables are of `arena`. */
  within(arena: Arena, work: () => void): void {
    const scratch = this.#scratch;
    this.#arena = arena;
    this.#scratch = new Map();
    try {
      work();
    } finally {
      this.freeScratch();
      this.#arena = undefined;
      this.#scratch = scratch;
    }
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
    const address = this.#arena?.allocate(sizeBytes) ?? this.allocate(sizeBytes, 'scratch');
    this.#scratch.set(name, { address, sizeBytes });
    return address;
  }

  /** Integers for one kernel call, which an arena keeps. */
  table(name: string, integers: readonly number[]): number {
    const sizeBytes = integers.length * 4;
    const address = this.#arena?.keep(sizeBytes) ?? this.scratch(name, sizeBytes);
    this.integers.set(integers, address >>> 2);
    return address;
  }

  /** Runs what may set the integer at an address; returns whether it stayed 0. */
  staysClear(flag: number, run: () => void): boolean {
    this.integers[flag >>> 2] = 0;
    run();
    return this.integers[flag >>> 2] === 0;
  }

  freeScratch(): void {
    for (const { address } of this.#scratch.values()) this.free(address);
    this.#scratch.clear();
  }

  /** Copies `count` floats. */
  copy(from: number, to: number, count: number): void {
    this.floats.copyWithin(to >>> 2, from >>> 2, (from >>> 2) + count);
  }

  /** The memory as floats; asked for anew after every allocation, which may have moved its end. */
  get floats(): Float32Array {
    if (this.#f32.buffer !== this.memory.buffer) this.#f32 = new Float32Array(this.memory.buffer);
    return this.#f32;
  }

  /** The memory as integers, like {@link Heap.floats}. */
  get integers(): Int32Array {
    if (this.#i32.buffer !== this.memory.buffer) this.#i32 = new Int32Array(this.memory.buffer);
    return this.#i32;
  }

  /** Gives tfjs its unchecked allocator back. Tensors that are freed later still are where they are. */
  release(): void {
    this.freeScratch();
    this.#wasm._malloc = this.#malloc;
  }
}
