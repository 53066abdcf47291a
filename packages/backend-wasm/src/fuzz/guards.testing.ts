import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

interface Allocator {
  _malloc(sizeBytes: number): number;
  _free(address: number): void;
  readonly HEAPU8: Uint8Array;
}

const GUARD_BYTES = 256;
const GUARD = 0xa5;

const guarded = new WeakMap<BackendWasm, Guards>();

/** The guards of a backend, from the first call until its end: what was allocated with guards must be freed with them. */
export function guardsOf(backend: BackendWasm): Guards {
  const guards = guarded.get(backend) ?? new Guards(backend);
  guarded.set(backend, guards);
  return guards;
}

/** Puts bytes around everything that tfjs allocates, which nobody may change. */
export class Guards {
  readonly #wasm: Allocator;
  readonly #sizes = new Map<number, number>();

  constructor(backend: BackendWasm) {
    const wasm = backend.wasm as unknown as Allocator;
    const { _malloc: malloc, _free: free } = wasm;
    this.#wasm = wasm;
    wasm._malloc = (sizeBytes) => {
      const block = malloc.call(wasm, sizeBytes + 2 * GUARD_BYTES) >>> 0;
      const address = block + GUARD_BYTES;
      wasm.HEAPU8.fill(GUARD, block, address);
      wasm.HEAPU8.fill(GUARD, address + sizeBytes, address + sizeBytes + GUARD_BYTES);
      this.#sizes.set(address, sizeBytes);
      return address;
    };
    wasm._free = (address) => {
      const isGuarded = this.#sizes.delete(address >>> 0);
      free.call(wasm, isGuarded ? (address >>> 0) - GUARD_BYTES : address);
    };
  }

  /** Whether a guard was changed; it is mended, so that the next case is told only of what it does itself. */
  broken(): boolean {
    let broken = false;
    for (const [address, sizeBytes] of this.#sizes)
      for (const from of [address - GUARD_BYTES, address + sizeBytes]) {
        const guard = this.#wasm.HEAPU8.subarray(from, from + GUARD_BYTES);
        if (guard.every((byte) => byte === GUARD)) continue;
        broken = true;
        guard.fill(GUARD);
      }
    return broken;
  }
}
