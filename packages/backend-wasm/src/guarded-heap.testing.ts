import type { Heap, Purpose } from './heap.ts';

/** Before and after each block. */
const GUARD_BYTES = 8192;

/**
 * Puts guards around everything that a heap allocates from now on, and fills them, new blocks and freed ones with `canary`.
 *
 * Who writes beyond a block changes a guard. Who reads beyond a block, what was freed, or what nobody has written yet, gets results that
 * depend on the canary.
 */
export class GuardedHeap {
  /** A float's bits: of a NaN, or of a number that shows. */
  canary = 0x7fc00bad;
  readonly #heap: Heap;
  /** By where they begin for who asked. */
  readonly #blocks = new Map<number, number>();
  #broken: string[] = [];

  constructor(heap: Heap) {
    this.#heap = heap;
    const [allocate, allocateTensor, free] = [heap.allocate, heap.allocateTensor, heap.free].map((method) => method.bind(heap)) as [
      Heap['allocate'],
      Heap['allocateTensor'],
      Heap['free'],
    ];
    const guarded = (take: (sizeBytes: number, purpose: Purpose) => number) => (sizeBytes: number, purpose: Purpose) => {
      const address = take(sizeBytes + 2 * GUARD_BYTES, purpose) + GUARD_BYTES;
      this.#blocks.set(address, sizeBytes);
      this.#words(address - GUARD_BYTES, sizeBytes + 2 * GUARD_BYTES).fill(this.canary);
      return address;
    };
    heap.allocate = guarded(allocate);
    const tensors = guarded(allocateTensor);
    heap.allocateTensor = (sizeBytes) => tensors(sizeBytes, 'tensors');
    heap.free = (address) => {
      const sizeBytes = this.#blocks.get(address);
      if (sizeBytes === undefined) return free(address);
      this.#look(address, sizeBytes);
      this.#blocks.delete(address);
      this.#words(address - GUARD_BYTES, sizeBytes + 2 * GUARD_BYTES).fill(this.canary);
      free(address - GUARD_BYTES);
    };
  }

  /** What was written beyond blocks since this was asked last. */
  broken(): string[] {
    for (const [address, sizeBytes] of this.#blocks) this.#look(address, sizeBytes);
    const found = this.#broken;
    this.#broken = [];
    return found;
  }

  #look(address: number, sizeBytes: number): void {
    const end = Math.ceil(sizeBytes / 4) * 4;
    const guards = {
      before: this.#words(address - GUARD_BYTES, GUARD_BYTES),
      after: this.#words(address + end, GUARD_BYTES - end + sizeBytes),
    };
    for (const [side, words] of Object.entries(guards)) {
      const at = words.findIndex((word) => word !== words[side === 'before' ? 0 : words.length - 1]);
      if (at < 0) continue;
      this.#broken.push(`${side} a block of ${sizeBytes} bytes, ${side === 'before' ? GUARD_BYTES - 4 * at : 4 * at} bytes away`);
      words.fill(this.canary);
    }
  }

  #words(address: number, sizeBytes: number): Int32Array {
    return new Int32Array(this.#heap.memory.buffer, address, Math.floor(sizeBytes / 4));
  }
}
