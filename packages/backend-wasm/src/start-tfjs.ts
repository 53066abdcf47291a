import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from './backend-error.ts';

/** tfjs-backend-wasm's Emscripten module, as far as this package uses it. */
export interface TfjsWasm {
  readonly asm: { readonly memory: WebAssembly.Memory };
  _malloc(sizeBytes: number): number;
  _free(address: number): void;
  readonly HEAPU8: Uint8Array;
}

/** What tfjs knows a tensor's values by; tensors can share it. */
export type DataId = Parameters<BackendWasm['disposeData']>[0];

const LISTENED = ['uncaughtException', 'unhandledRejection'] as const;

/** Runs `start`, then removes the process-wide error handlers that Emscripten's glue adds in Node. */
async function withoutNewListeners<T>(start: () => Promise<T>): Promise<T> {
  if (typeof process === 'undefined' || typeof process.rawListeners !== 'function') return start();
  const before = LISTENED.map((event) => process.rawListeners(event));
  try {
    return await start();
  } finally {
    LISTENED.forEach((event, i) => {
      for (const listener of process.rawListeners(event))
        if (!before[i]?.includes(listener)) process.removeListener(event, listener as () => void);
    });
  }
}

/**
 * Runs `start`, which waits for ever if its module cannot be instantiated: tfjs-backend-wasm does not look whether it can.
 *
 * @throws BackendError instead, with the reason
 */
async function settling<T>(binary: ArrayBuffer, start: () => Promise<T>): Promise<T> {
  const { instantiate } = WebAssembly;
  try {
    return await new Promise<T>((resolve, reject) => {
      const watched = (source: BufferSource, imports?: WebAssembly.Imports) => {
        const instance = instantiate(source, imports);
        if (source !== binary) return instance;
        return instance.catch((cause: unknown) => {
          reject(refusal(cause));
          return new Promise(() => {});
        });
      };
      WebAssembly.instantiate = watched as typeof WebAssembly.instantiate;
      start().then(resolve, reject);
    });
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}

/** Browsers' words for it: Chromium's and Safari's, Firefox'. */
const POLICY = /Content.Security.Policy|unsafe-eval|blocked by CSP/i;

function refusal(cause: unknown): BackendError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BackendError(
    POLICY.test(reason)
      ? `The Content-Security-Policy of this page forbids WebAssembly. Add 'wasm-unsafe-eval' to its script-src. (${reason})`
      : `tfjs-backend-wasm did not start: ${reason}`,
    { cause },
  );
}

/**
 * Starts tfjs-backend-wasm from the bytes of its binary and makes it tfjs' backend `wasm`, not yet the current one.
 *
 * The binary is handed over through tfjs' own "platform fetch" hook, so no request is made for it.
 */
export async function startTfjsWasm(binary: Uint8Array<ArrayBuffer>): Promise<BackendWasm> {
  // tfjs-backend-wasm registers itself when it is imported; importing this package alone does nothing.
  const wasThere = tf.findBackendFactory('wasm') !== null;
  const { setWasmPaths, BackendWasm } = await import('@tensorflow/tfjs-backend-wasm');
  factory ??= tf.findBackendFactory('wasm') ?? undefined;
  if (!factory) throw new BackendError(TWO_ENGINES);

  const platform = tf.env().platform;
  const original = platform.fetch;
  platform.fetch = (path, init) =>
    path.startsWith(TOKEN)
      ? Promise.resolve({ ok: true, arrayBuffer: () => Promise.resolve(binary.buffer) } as unknown as Response)
      : original.call(platform, path, init);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false); // its own threads; ours need none of it
  setWasmPaths(TOKEN, true);
  try {
    const backend = await withoutNewListeners(() => settling(binary.buffer, async () => await factory?.()));
    if (!(backend instanceof BackendWasm)) throw new BackendError(TWO_ENGINES);
    if (tf.findBackendFactory('wasm')) tf.removeBackend('wasm');
    tf.registerBackend('wasm', () => backend, PRIORITY);
    return backend;
  } catch (error) {
    // Else tfjs itself, asked for the best backend that there is, would try this one and wait for ever.
    if (!wasThere && tf.findBackendFactory('wasm')) tf.removeBackend('wasm');
    throw error;
  } finally {
    platform.fetch = original;
  }
}

let factory: (() => tf.KernelBackend | Promise<tf.KernelBackend>) | undefined;

const TOKEN = 'resnetjs-wasm:';
const PRIORITY = 2;
const TWO_ENGINES =
  'tfjs-backend-wasm registered itself with another copy of @tensorflow/tfjs-core than the one imported here. ' +
  'Install one version of @tensorflow/tfjs-core (npm ls @tensorflow/tfjs-core shows them) and import it one way, ESM or CommonJS.';
