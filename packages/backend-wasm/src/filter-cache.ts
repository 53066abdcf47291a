import type { Heap } from './heap.ts';
import type { DataId } from './start-tfjs.ts';

interface Packed {
  readonly address: number;
  readonly fingerprint: number;
  /** When it was used last. */
  used: number;
}

/**
 * Filters in the layouts that kernels read, kept as long as the tensor that they were made from, or until memory is short.
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

  /**
   * The address of the copy called `layout`, made by `fill` if there is none or the values changed.
   *
   * @param now what {@link FilterCache.oldest} tells copies that are in use by
   */
  get(
    dataId: DataId,
    layout: string,
    { sizeBytes, fingerprint, now }: Record<'sizeBytes' | 'fingerprint' | 'now', number>,
    fill: (address: number) => void,
  ): number {
    const held = this.#packed.get(dataId)?.get(layout);
    if (held) held.used = now;
    if (held?.fingerprint === fingerprint) return held.address;
    const address = held?.address ?? this.#heap.allocate(sizeBytes, 'filters');
    // Only now: to have room made may take copies away, those of this filter too.
    let layouts = this.#packed.get(dataId);
    if (!layouts) {
      layouts = new Map();
      this.#packed.set(dataId, layouts);
    }
    layouts.set(layout, { address, fingerprint, used: now });
    fill(address);
    return address;
  }

  /**
   * The filter whose copies were used least lately, none of them at `now`.
   *
   * @param usedElsewhere when its copies were used otherwise than by {@link FilterCache.get}
   */
  oldest(now: number, usedElsewhere: (dataId: DataId) => number): { readonly dataId: DataId; readonly used: number } | undefined {
    let oldest: { dataId: DataId; used: number } | undefined;
    for (const [dataId, layouts] of this.#packed) {
      const used = Math.max(usedElsewhere(dataId), ...[...layouts.values()].map((packed) => packed.used));
      if (used !== now && (!oldest || used < oldest.used)) oldest = { dataId, used };
    }
    return oldest;
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
