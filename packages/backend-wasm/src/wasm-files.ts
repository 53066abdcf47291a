import { BackendError } from './backend-error.ts';

/** The binaries of `@tensorflow/tfjs-backend-wasm` that this package starts. */
export type WasmFileName = 'tfjs-backend-wasm-simd.wasm' | 'tfjs-backend-wasm.wasm';

/** A folder (path or URL) that holds the `.wasm` files, or the path or URL of each. */
export type WasmPaths = string | Partial<Record<WasmFileName, string>>;

const PACKAGE = '@tensorflow/tfjs-backend-wasm';

/**
 * Where a `.wasm` file may be, most certain first.
 *
 * In Node it is beside the installed package. In a page it is where an import map says, or else where the bundler put
 * the asset: bundlers recognise `new URL('literal', import.meta.url)`, so the literals below must stay as they are.
 */
function candidates(name: WasmFileName, paths?: WasmPaths): string[] {
  if (typeof paths === 'string') return [paths.endsWith('/') ? paths + name : `${paths}/${name}`];
  const given = paths?.[name];
  if (given !== undefined) return [given];
  return typeof process !== 'undefined' && process.versions?.node ? installed(name) : [...mapped(name), bundled(name)];
}

function installed(name: WasmFileName): string[] {
  // Not an import: a bundler for browsers must not see Node's modules.
  const { createRequire } = process.getBuiltinModule('node:module');
  try {
    return [createRequire(import.meta.url).resolve(`${PACKAGE}/dist/${name}`)];
  } catch (cause) {
    throw new BackendError(
      `The package ${PACKAGE}, which brings ${name}, is not installed where ${import.meta.url} can see it. ` +
        `Install it (npm install ${PACKAGE}), or pass useWasm({ wasmPaths }) with the folder that holds the .wasm files.`,
      { cause },
    );
  }
}

function mapped(name: WasmFileName): string[] {
  const attempt = (specifier: string, relative = ''): string[] => {
    try {
      return [new URL(relative, import.meta.resolve(specifier)).href];
    } catch {
      return [];
    }
  };
  // `dist/…` where the import map has the package's folder; else beside the script that it maps the package to.
  const exact = attempt(`${PACKAGE}/dist/${name}`);
  return exact.length > 0 ? exact : attempt(PACKAGE, name);
}

function bundled(name: WasmFileName): string {
  return name === 'tfjs-backend-wasm-simd.wasm'
    ? new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', import.meta.url).href
    : new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm', import.meta.url).href;
}

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
