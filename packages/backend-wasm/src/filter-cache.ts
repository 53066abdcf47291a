import type { Heap } from './heap.ts';
import type { DataId } from './start-tfjs.ts';

interface Packed {
  readonly address: number;
  /** Of the values that it was made from; NaN before it is whole. */
  fingerprint: number;
  /** When it was used last. */
  used: number;
  /** Writes the tensor's values to an address, where they can be made from the copy. */
  readonly unpack: Unpack | undefined;
  /** Whether nothing else holds the tensor's values. */
  alone: boolean;
}

export type Unpack = (packed: number, to: number) => void;

/** What a copy is like, and what it is made from. */
export interface PackedLayout {
  readonly layout: string;
  readonly sizeBytes: number;
  readonly unpack?: Unpack;
}

/**
 * Filters in the layouts that kernels read, kept as long as the tensor that they were made from, or until memory is short. A copy can also
 * stand for the tensor, and be all that there is of it.
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
   * The address of a copy, made by `fill` if there is none or the values changed.
   *
   * @param now when this is, which {@link FilterCache.oldest} tells copies that are in use by
   */
  get(
    dataId: DataId,
    { layout, sizeBytes, unpack }: PackedLayout,
    { fingerprint, now }: Record<'fingerprint' | 'now', number>,
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
    const packed = { address, fingerprint: Number.NaN, used: now, unpack, alone: false };
    layouts.set(layout, packed);
    fill(address);
    packed.fingerprint = fingerprint;
    return address;
  }

  /** The address of a copy called so which alone holds the values. */
  alone(dataId: DataId, layout: string): number | undefined {
    const held = this.#packed.get(dataId)?.get(layout);
    return held?.alone ? held.address : undefined;
  }

  /**
   * Counts a filter's copy for the tensor itself, where it is the only one and the values can be made from it.
   *
   * @param now when the values were compared with the copy's: others could have been written meanwhile
   * @returns what makes the values, after which the copy is a copy again; undefined if they cannot be made
   */
  keepAlone(dataId: DataId, now: number): ((to: number) => void) | undefined {
    const [held, ...others] = this.#packed.get(dataId)?.values() ?? [];
    if (!held?.unpack || held.alone || held.used !== now || others.length > 0) return undefined;
    const { address, unpack } = held;
    held.alone = true;
    this.#heap.repurpose(address, 'tensors');
    return (to) => {
      unpack(address, to);
      held.alone = false;
      this.#heap.repurpose(address, 'filters');
    };
  }

  /**
   * The filter whose copies were used least lately, none of them at `now`, and which are not all that there is of it.
   *
   * @param usedElsewhere when its copies were used otherwise than by {@link FilterCache.get}
   */
  oldest(now: number, usedElsewhere: (dataId: DataId) => number): { readonly dataId: DataId; readonly used: number } | undefined {
    let oldest: { dataId: DataId; used: number } | undefined;
    for (const [dataId, layouts] of this.#packed) {
      if ([...layouts.values()].some(({ alone }) => alone)) continue;
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
