import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { handingOn } from './corrections/handing-on.ts';
import { CORRECTIONS } from './corrections/index.ts';
import type { WasmFeatures } from './features.ts';
import { Heap } from './heap.ts';
import { compileKernels } from './kernel-module.ts';
import { KERNELS } from './ops/index.ts';
import { registerKernels } from './registration.ts';
import { registerRoutes } from './routing/index.ts';
import { Runtime } from './runtime.ts';
import type { TfjsWasm } from './start-tfjs.ts';
import { ThreadPool } from './thread-pool.ts';

export interface StartedKernels {
  readonly runtime?: Runtime;
  /** Puts tfjs' own kernels back. */
  readonly restore?: () => void;
  /** Why there are fewer threads than asked for, or none of our kernels. */
  readonly fallback?: string;
}

export interface KernelOptions {
  readonly threads: number;
  readonly winograd: boolean;
  readonly everyOp: boolean;
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));

/**
 * Starts our kernels beside tfjs' on its memory; where they cannot start, tfjs' own stay, but for those that are wrong, and the reason is
 * told.
 */
export async function startKernels(
  backend: BackendWasm,
  features: WasmFeatures,
  { threads, winograd, everyOp }: KernelOptions,
): Promise<StartedKernels> {
  const undo = [await registerRoutes(backend, { everyOp })];
  const restore = () => {
    for (const back of undo.toReversed()) back();
  };
  if (!features.simd) return { restore, fallback: 'no SIMD in this engine: the kernels of tfjs run' };
  const { memory } = (backend.wasm as unknown as TfjsWasm).asm;
  const shared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  try {
    const module = await compileKernels(features, shared);
    const { pool, fallback } = await startPool(module, memory, shared ? threads : 1, threads);
    const runtime = new Runtime(backend, new Heap(backend.wasm as unknown as TfjsWasm), pool, { winograd });
    undo.push(registerKernels(runtime, CORRECTIONS), registerKernels(runtime, handingOn(KERNELS)));
    return { runtime, restore, ...(fallback && { fallback }) };
  } catch (error) {
    return { restore, fallback: `the kernels of tfjs run, because ours did not start: ${reason(error)}` };
  }
}

async function startPool(module: WebAssembly.Module, memory: WebAssembly.Memory, possible: number, asked: number) {
  const fallback =
    possible < asked
      ? 'one thread: the memory is not shared. A page must be cross-origin isolated (COOP and COEP headers) for more'
      : undefined;
  try {
    return { pool: await ThreadPool.start(module, memory, possible), fallback };
  } catch (error) {
    if (possible === 1) throw error;
    return { pool: await ThreadPool.start(module, memory, 1), fallback: `one thread: workers did not start: ${reason(error)}` };
  }
}
