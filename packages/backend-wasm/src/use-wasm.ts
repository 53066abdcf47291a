import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { availableThreads, wasmFeatures } from './features.ts';
import type { WasmMemory } from './heap.ts';
import { withMemory } from './memory-section.ts';
import { startKernels } from './start-kernels.ts';
import { startTfjsWasm } from './start-tfjs.ts';
import type { WasmPaths } from './wasm-files.ts';
import { readWasm } from './wasm-files.ts';

export interface WasmOptions {
  /** Threads that compute, the calling one included; all cores by default. */
  readonly threads?: number;
  /**
   * Whether 3x3 convolutions use Winograd's algorithm, 2 to 3 times faster; true by default. Its results differ by some
   * 1e-6 from the plain sum's, about ten times float32's own error: turn it off to compare numbers.
   */
  readonly winograd?: boolean;
  /**
   * Whether every op of tfjs is right, for which its cpu kernels are loaded (34 kB gzipped): they compute what tfjs-backend-wasm lacks or
   * computes wrongly. True by default. Networks of `@resnetjs` do without; with `false` what is left out is refused by name.
   */
  readonly everyOp?: boolean;
  /** Where tfjs-backend-wasm's `.wasm` files are, if they are not found by themselves: a folder, or each file's path or URL. */
  readonly wasmPaths?: WasmPaths;
}

/** What was started. */
export interface BackendInfo {
  readonly backend: 'wasm';
  /** Threads that compute, the calling one included. */
  readonly threads: number;
  readonly simd: boolean;
  readonly relaxedSimd: boolean;
  /** What WebAssembly's memory is held for, in bytes; undefined where the kernels of tfjs run. */
  memory(): WasmMemory | undefined;
  /** Why something slower than asked for runs: fewer threads, or tfjs' own kernels. Absent if all is well. */
  readonly fallback?: string;
  /** Frees the backend and every tensor on it; `useWasm()` can be called again. */
  dispose(): void;
}

/**
 * Makes WebAssembly tfjs' current backend.
 *
 * Finds tfjs-backend-wasm's binary by itself in Node, in Vite and other bundlers, and in module scripts with an import
 * map. Calling it again returns what runs already.
 *
 * @throws BackendError if the binary is not found or cannot start; the message says what was tried and the remedy.
 */
export function useWasm(options: WasmOptions = {}): Promise<BackendInfo> {
  running ??= start(options).catch((error: unknown) => {
    running = undefined;
    throw error;
  });
  return running.then(async (info) => {
    await tf.setBackend('wasm');
    return info;
  });
}

let running: Promise<BackendInfo> | undefined;

async function start({ wasmPaths, threads = availableThreads(), winograd = true, everyOp = true }: WasmOptions): Promise<BackendInfo> {
  const features = wasmFeatures();
  const { simd, relaxedSimd, sharedMemory } = features;
  // A page that started tfjs-backend-wasm itself keeps its tensors.
  let backend = tf.engine().registry.wasm as BackendWasm | undefined;
  if (!backend) {
    const binary = await readWasm(simd ? 'tfjs-backend-wasm-simd.wasm' : 'tfjs-backend-wasm.wasm', wasmPaths);
    backend = await startTfjsWasm(withMemory(binary, { shared: sharedMemory }) ?? new Uint8Array(binary));
  }
  const { runtime, restore, fallback } = await startKernels(backend, features, { threads, winograd, everyOp });
  return {
    backend: 'wasm',
    threads: runtime?.threads ?? 1,
    simd,
    relaxedSimd,
    ...(fallback && { fallback }),
    memory: () => runtime?.heap.held,
    dispose() {
      if (!running) return;
      running = undefined;
      restore?.();
      runtime?.dispose();
      tf.removeBackend('wasm');
    },
  };
}
