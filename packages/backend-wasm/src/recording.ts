import type { Arena } from './heap.ts';
import type { DataId } from './start-tfjs.ts';

/** One call of {@link ThreadPool.run}. */
export interface Command {
  readonly kernel: string;
  readonly chunks: number;
  readonly args: readonly number[];
}

/** Where a recording's memory comes from. */
export interface Allocator {
  /** @throws OutOfMemoryError if the memory is full. */
  allocate(sizeBytes: number): number;
  free(address: number): void;
}

/** More than this is not held for the sake of a recording; of such passes, what JavaScript takes is the smaller part. */
const MOST_BYTES = 256 * 2 ** 20;

/**
 * A pass of kernels over memory of its own. Nothing else uses that memory, so the same calls do the same work again.
 *
 * While it is recorded it stands between the heap and whoever asks for memory: blocks that are freed serve again within the pass, the one
 * freed last first, for it may still be in the caches.
 */
export class Recording implements Arena {
  readonly commands: Command[] = [];
  /** Address of the integer that kernels set where their result is not to be used, if there are such kernels. */
  flag: number | undefined;
  /** Data that was read. */
  readonly reads = new Set<DataId>();
  readonly #allocator: Allocator;
  /** Sizes of blocks that are in use, and those that stay in use whatever the pass frees. */
  readonly #used = new Map<number, number>();
  readonly #kept = new Set<number>();
  readonly #unused: { readonly address: number; readonly sizeBytes: number }[] = [];
  #bytes = 0;
  #failed = false;

  constructor(allocator: Allocator) {
    this.#allocator = allocator;
  }

  /** Whether something happened that calls of our kernels cannot repeat. */
  get failed(): boolean {
    return this.#failed;
  }

  fail(): void {
    this.#failed = true;
  }

  allocate(sizeBytes: number): number {
    // A block more than twice as large would be missed where it fits.
    const at = this.#unused.findLastIndex((block) => block.sizeBytes >= sizeBytes && block.sizeBytes <= 2 * sizeBytes);
    const [block] = at < 0 ? [] : this.#unused.splice(at, 1);
    const { address, sizeBytes: held } = block ?? { address: this.#allocator.allocate(sizeBytes), sizeBytes };
    if (!block) this.#bytes += sizeBytes;
    if (this.#bytes > MOST_BYTES) this.#failed = true;
    this.#used.set(address, held);
    return address;
  }

  keep(sizeBytes: number): number {
    const address = this.#allocator.allocate(sizeBytes);
    this.#bytes += sizeBytes;
    this.#kept.add(address);
    return address;
  }

  /** Keeps what a block holds from now on: the pass' result. */
  hold(address: number): void {
    if (this.#used.delete(address)) this.#kept.add(address);
  }

  release(address: number): boolean {
    if (this.#kept.has(address)) return true;
    const sizeBytes = this.#used.get(address);
    if (sizeBytes === undefined) return false;
    this.#used.delete(address);
    this.#unused.push({ address, sizeBytes });
    return true;
  }

  /**
   * Ends recording; frees the memory if it failed.
   *
   * What is still in use belongs to a tensor that outlives the pass, so the pass cannot be repeated.
   */
  finish(): void {
    if (this.#used.size > 0) this.#failed = true;
    if (this.#failed) this.dispose();
  }

  /** Frees its memory; blocks that tensors still have are theirs. */
  dispose(): void {
    for (const address of [...this.#kept, ...this.#unused.map((block) => block.address)]) this.#allocator.free(address);
    this.#kept.clear();
    this.#unused.length = 0;
    this.commands.length = 0;
  }
}
