import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runnerImport } from 'vite';
import { compileAssemblyScript } from './compile.ts';
import { kernelSignatures } from './signatures.ts';

/** A WebAssembly module to make. */
export interface KernelModule {
  /** The AssemblyScript that exports its kernels. */
  readonly source: string;
  /** The TypeScript module that will hold the binary, as its export `hex`. */
  readonly to: string;
  /** Options of AssemblyScript's compiler besides those of `compileAssemblyScript`. */
  readonly options: readonly string[];
}

/** What a package's `kernels.config.ts` exports by default; paths are within the package. */
export interface KernelsConfig {
  /** AssemblyScript that is written by a program before anything is compiled, by path. */
  readonly generated?: Readonly<Record<string, () => string>>;
  readonly modules: readonly KernelModule[];
  /** Where to write the names of the kernels' parameters: see `kernelSignatures`. */
  readonly signatures?: { readonly of: string; readonly to: string };
}

/**
 * Makes the kernels of the package in `folder`: TypeScript modules that hold WebAssembly as text, so that there is no asset to serve, in any
 * bundler. As hexadecimal, for compressed on its way to a page it takes half of what base64 takes, which hides where bytes begin.
 */
export async function buildKernels(folder: string): Promise<void> {
  const { module } = await runnerImport<{ default: KernelsConfig }>(join(folder, 'kernels.config.ts'), { logLevel: 'warn' });
  const { generated = {}, modules, signatures } = module.default;
  for (const [path, generate] of Object.entries(generated)) await write(join(folder, path), generate());
  if (signatures) await write(join(folder, signatures.to), kernelSignatures(signatures.of, folder));
  for (const { source, to, options } of modules) {
    const binary = await compileAssemblyScript(source, { folder, options });
    const hex = Buffer.from(binary).toString('hex');
    await write(join(folder, to), `// Made by build-kernels from ${source}. Not in git.\nexport const hex =\n  '${hex}';\n`);
    console.log(`${to}: ${binary.length} bytes`);
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
