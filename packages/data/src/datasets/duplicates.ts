import { fileBytes, readFile, readFileNow, readStart } from '#files';
import type { Dataset } from './dataset.ts';
import type { DatasetPart } from './image-parts.ts';

/** Where one file is in more than one place: a part's name and the path there. */
export type Duplicate = readonly { readonly part: string; readonly path: string }[];

interface Located {
  readonly part: string;
  readonly path: string;
  readonly blob?: Blob;
  readonly bytes: number;
}

/**
 * Files that are in several parts of a dataset, byte for byte; of one part alone, files that are in it more than once. Only files
 * of one size are read, and only those that begin alike as a whole. Files that cannot be read, and samples that are no files, are
 * left out of account.
 */
export async function duplicates(parts: readonly Pick<DatasetPart, 'name' | 'dataset'>[]): Promise<Duplicate[]> {
  const matters = (group: readonly Located[]) =>
    group.length > 1 && (parts.length === 1 || new Set(group.map(({ part }) => part)).size > 1);
  let alike = [parts.flatMap(({ name, dataset }) => filesOf(name, dataset))];
  for (const keyOf of [sizeOf, startOf, digestOf]) {
    const finer: Located[][] = [];
    for (const group of alike) finer.push(...(await grouped(group, keyOf)).filter(matters));
    alike = finer;
  }
  return alike.map((group) => group.map(({ part, path }) => ({ part, path })));
}

function filesOf(part: string, dataset: Dataset): Located[] {
  const found = new Map<string, Located>();
  for (let i = 0; i < dataset.length; i++) {
    const from = dataset.source?.(i);
    if (!from || 'image' in from) continue;
    const { path, blob } = from;
    try {
      found.set(path, blob ? { part, path, blob, bytes: blob.size } : { part, path, bytes: fileBytes(path) });
    } catch {
      // told when it is to be decoded
    }
  }
  return [...found.values()];
}

const sizeOf = async ({ bytes }: Located): Promise<number> => bytes;

/** Files so small are read faster than they are asked for. */
const SMALL_BYTES = 64 * 1024;
const START_BYTES = 4096;

/** FNV-1a of a file's first bytes: a tenth of what a digest costs, and enough for most. */
async function startOf({ path, blob, bytes }: Located): Promise<number> {
  const start = blob
    ? new Uint8Array(await blob.slice(0, START_BYTES).arrayBuffer())
    : bytes <= SMALL_BYTES
      ? readFileNow(path).subarray(0, START_BYTES)
      : await readStart(path, START_BYTES);
  let hash = 0x811c9dc5;
  for (const byte of start) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

async function digestOf({ path, blob }: Located): Promise<string> {
  const bytes = blob ? await blob.arrayBuffer() : await readFile(path);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).join();
}

const READS_AT_ONCE = 16;

/** Files by what `keyOf` says of them, some at once. */
async function grouped(files: readonly Located[], keyOf: (file: Located) => Promise<number | string>): Promise<Located[][]> {
  const groups = new Map<number | string, Located[]>();
  for (let from = 0; from < files.length; from += READS_AT_ONCE) {
    const some = files.slice(from, from + READS_AT_ONCE);
    const keys = await Promise.all(some.map((file) => keyOf(file).catch(() => undefined)));
    for (const [i, key] of keys.entries()) {
      if (key === undefined) continue;
      const group = groups.get(key);
      if (group) group.push(some[i] as Located);
      else groups.set(key, [some[i] as Located]);
    }
  }
  return [...groups.values()];
}
