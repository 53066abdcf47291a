import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';

/**
 * Compiles an AssemblyScript module, optimized for speed and with no run-time of its own.
 *
 * @param entry its path, within `folder`
 * @param options of the compiler, besides these: what the engine must have (`--enable simd`), where memory comes from
 * @param sources modules that are no files, by path within `folder`
 * @returns the binary.
 * @throws Error with what the compiler says.
 */
export async function compileAssemblyScript(
  entry: string,
  {
    folder,
    options = [],
    sources = {},
  }: { readonly folder: string; readonly options?: readonly string[]; readonly sources?: Readonly<Record<string, string>> },
): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main(
    [entry, '--outFile', 'kernels.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--baseDir', folder, ...options],
    {
      readFile: (path, baseFolder) => sources[path] ?? readFile(join(baseFolder, path), 'utf8').catch(() => null),
      writeFile: (_, contents) => {
        binary = contents as Uint8Array<ArrayBuffer>;
      },
    },
  );
  if (error || !binary) throw new Error(`${entry}: ${error?.message ?? 'no binary was written'}\n${stderr.toString()}`);
  return binary;
}
