/** What this JavaScript engine can run, found by validating the smallest module that needs it. */
export interface WasmFeatures {
  readonly simd: boolean;
  /** Fused multiply-add and the other relaxed SIMD operations: Node 22 and newer, today's browsers. */
  readonly relaxedSimd: boolean;
  /** Memory that workers can share: Node, and pages that are cross-origin isolated. */
  readonly sharedMemory: boolean;
}

const validates = (...bytes: number[]): boolean => {
  try {
    return WebAssembly.validate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...bytes]));
  } catch {
    return false;
  }
};

// (func (result v128) (i8x16.splat (i32.const 0)) i8x16.popcnt)
const hasSimd = () => validates(1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);

// (func (result v128) (f32x4.relaxed_madd (three times i8x16.splat (i32.const 0))))
const hasRelaxedSimd = () =>
  validates(1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 11);

function hasSharedMemory(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  // Browsers define SharedArrayBuffer but refuse to send it unless the page is cross-origin isolated.
  if ('crossOriginIsolated' in globalThis && !(globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated) return false;
  try {
    // Reserves address space only; throws where 4 GiB of it cannot be had.
    return new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true }).buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}

export const wasmFeatures = (): WasmFeatures => ({ simd: hasSimd(), relaxedSimd: hasRelaxedSimd(), sharedMemory: hasSharedMemory() });

/** Cores that this process may use. */
export function availableThreads(): number {
  if (typeof process !== 'undefined' && process.versions?.node) return process.getBuiltinModule('node:os').availableParallelism();
  return globalThis.navigator?.hardwareConcurrency ?? 1;
}
