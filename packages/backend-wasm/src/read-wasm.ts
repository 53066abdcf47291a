import { BackendError } from './backend-error.ts';
import { candidates, type WasmFileName, type WasmPaths } from './wasm-files.ts';

/** A server that takes longer for 400 kB does not answer. */
const ANSWER_MS = 120_000;

const hasUrlScheme = (location: string) => /^[a-z][a-z+.-]+:/i.test(location);

async function readBytes(location: string): Promise<Uint8Array> {
  const node = typeof process !== 'undefined' && process.versions?.node;
  if (node && (location.startsWith('file:') || !hasUrlScheme(location))) {
    const { readFile } = process.getBuiltinModule('node:fs/promises');
    return readFile(location.startsWith('file:') ? new URL(location) : location);
  }
  const response = await fetch(location, { signal: AbortSignal.timeout(ANSWER_MS) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Servers of single-page apps answer a missing file with a page and status 200. */
const isWasm = (bytes: Uint8Array) => bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;

/**
 * Reads one of tfjs-backend-wasm's binaries from disk (Node) or by `fetch` (browsers).
 *
 * @returns bytes that this engine takes for a module
 * @throws BackendError naming every place that was tried, and the remedy.
 */
export async function readWasm(name: WasmFileName, paths?: WasmPaths): Promise<Uint8Array> {
  const failures: string[] = [];
  for (const location of candidates(name, paths)) {
    try {
      const bytes = await readBytes(location);
      if (isWasm(bytes) && WebAssembly.validate(new Uint8Array(bytes))) return bytes;
      failures.push(`${location} (${isWasm(bytes) ? `${bytes.length} bytes that end too soon or are damaged` : 'not a WebAssembly file'})`);
    } catch (error) {
      failures.push(`${location} (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  throw new BackendError(
    `${name} was not found. Tried ${failures.join(' and ')}. ` +
      'Serve or copy the file from node_modules/@tensorflow/tfjs-backend-wasm/dist/ and pass its folder: ' +
      "useWasm({ wasmPaths: '/path/to/folder/' }).",
  );
}
