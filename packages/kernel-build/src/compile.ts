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
 * @throws Error with what the compiler says, or if data would be written into memory that belongs to somebody else.
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
  if (options.includes('--importMemory') && hasData(binary))
    throw new Error(
      `${entry}: it has data of its own, such as a table of Math.exp or a static array, which would be written over what the owner of the imported memory keeps at that place. Compute it, or allocate it.`,
    );
  return binary;
}

const DATA_SECTION = 11;

/** Whether a module brings bytes for its memory: looks for that section among those of the binary. */
function hasData(binary: Uint8Array): boolean {
  for (let at = 8; at < binary.length; ) {
    const id = binary[at++] as number;
    let [size, shift, byte] = [0, 0, 0x80];
    for (; byte & 0x80; shift += 7) {
      byte = binary[at++] as number;
      size |= (byte & 0x7f) << shift;
    }
    if (id === DATA_SECTION) return size > 1; // the first byte counts the segments; one of none is of size 1
    at += size;
  }
  return false;
}
