import type { DataId } from './data-id.ts';
import type { Heap } from './heap.ts';

interface Packed {
  readonly address: number;
  readonly fingerprint: number;
}

/**
 * Filters in the layouts that kernels read, kept as long as the tensor that they were made from.
 *
 * A tensor's values belong to its data id, and an assignment to a variable brings a new one, so a copy is found by data
 * id; {@link FilterCache.forget} frees it with the data. Values that somebody writes to the heap behind tfjs' back are noticed by a
 * fingerprint of them, taken at every use.
 */
export class FilterCache {
  readonly #heap: Heap;
  readonly #packed = new Map<DataId, Map<string, Packed>>();

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** The address of the copy called `layout`, made by `fill` if there is none or the values changed. */
  get(dataId: DataId, layout: string, sizeBytes: number, fingerprint: number, fill: (address: number) => void): number {
    let layouts = this.#packed.get(dataId);
    if (!layouts) {
      layouts = new Map();
      this.#packed.set(dataId, layouts);
    }
    const held = layouts.get(layout);
    if (held?.fingerprint === fingerprint) return held.address;
    const address = held?.address ?? this.#heap.allocate(sizeBytes);
    layouts.set(layout, { address, fingerprint });
    this.#heap.recording?.fail(); // a pass is recorded when its filters are packed
    fill(address);
    return address;
  }

  /** Frees what was made from these values. */
  forget(dataId: DataId): void {
    const layouts = this.#packed.get(dataId);
    if (!layouts) return;
    this.#packed.delete(dataId);
    for (const { address } of layouts.values()) this.#heap.free(address);
  }

  dispose(): void {
    for (const dataId of [...this.#packed.keys()]) this.forget(dataId);
  }
}
