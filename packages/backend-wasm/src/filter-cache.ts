import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { Heap } from './heap.ts';

type DataId = Parameters<BackendWasm['disposeData']>[0];

interface Packed {
  readonly address: number;
  readonly fingerprint: number;
}

/**
 * Filters in the layouts that kernels read, kept as long as the tensor that they were made from.
 *
 * A tensor's values belong to its data id, and an assignment to a variable brings a new one, so a copy is found by data
 * id; it is freed with the data. Values that are changed in place all the same (our optimizers say so by
 * {@link FilterCache.forget}; others write to the heap behind tfjs' back) are noticed by a fingerprint of them, taken at
 * every use.
 */
export class FilterCache {
  readonly #heap: Heap;
  readonly #backend: BackendWasm;
  readonly #disposeData: BackendWasm['disposeData'];
  readonly #packed = new Map<DataId, Map<string, Packed>>();

  constructor(backend: BackendWasm, heap: Heap) {
    this.#heap = heap;
    this.#backend = backend;
    this.#disposeData = backend.disposeData;
    backend.disposeData = (dataId, force) => {
      const gone = this.#disposeData.call(backend, dataId, force);
      if (gone) this.forget(dataId);
      return gone;
    };
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
    this.#backend.disposeData = this.#disposeData;
  }
}
