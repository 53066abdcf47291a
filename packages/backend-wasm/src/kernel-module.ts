import { BackendError } from './backend-error.ts';
import type { WasmFeatures } from './features.ts';

/** A kernel computes one chunk of its work; chunks are independent and may run on any thread. */
export type Kernel = (chunk: number, thread: number, ...args: number[]) => void;

const IMPORT_SECTION = 2;
const MEMORY_IMPORT = 2;
const HAS_MAXIMUM = 1;

/** The same module, its one import (the memory) declared unshared. */
function withUnsharedMemory(binary: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (let at = 8; at < binary.length; ) {
    const section = binary[at] as number;
    let size = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = binary[++at] as number;
      size |= (byte & 127) << shift;
      shift += 7;
    } while (byte > 127);
    at++;
    if (section === IMPORT_SECTION) {
      // count 1, "env", "memory", kind, limits
      const kind = at + 1 + 4 + 7;
      if (binary[kind] !== MEMORY_IMPORT) break;
      binary[kind + 1] = HAS_MAXIMUM;
      return binary;
    }
    at += size;
  }
  throw new BackendError('The kernel module does not start with the import of its memory; rebuild it.');
}

const decode = (hex: string) => Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));

/** Compiles the variant of our kernels that this engine can run, for a memory that is shared or not. */
export async function compileKernels({ relaxedSimd }: WasmFeatures, shared: boolean): Promise<WebAssembly.Module> {
  const { hex } = await (relaxedSimd ? import('./kernels-relaxed-simd.generated.ts') : import('./kernels-simd.generated.ts'));
  const binary = decode(hex);
  return WebAssembly.compile(shared ? binary : withUnsharedMemory(binary));
}
