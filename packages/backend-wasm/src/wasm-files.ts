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
export function candidates(name: WasmFileName, paths?: WasmPaths): string[] {
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
