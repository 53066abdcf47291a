import { fileBytes, readFile } from '#files';
import type { Dataset } from './dataset.ts';
import type { DatasetPart } from './image-parts.ts';

/** Where one file is in more than one place: a part's name and the path there. */
export type Duplicate = readonly { readonly part: string; readonly path: string }[];

interface Located {
  readonly part: string;
  readonly path: string;
  readonly blob?: Blob;
}

const READS_AT_ONCE = 16;

/**
 * Files that are in several parts of a dataset, byte for byte; of one part alone, files that are in it more than once. Only files
 * of one size are read. Files that cannot be read, and samples that are no files, are left out of account.
 */
export async function duplicates(parts: readonly Pick<DatasetPart, 'name' | 'dataset'>[]): Promise<Duplicate[]> {
  const matters = (group: readonly Located[]) =>
    group.length > 1 && (parts.length === 1 || new Set(group.map(({ part }) => part)).size > 1);
  const files = parts.flatMap(({ name, dataset }) => filesOf(name, dataset));
  const ofOneSize = (await grouped(files, sizeOf)).filter(matters);
  const alike: Located[][] = [];
  for (const group of ofOneSize) alike.push(...(await grouped(group, digestOf)).filter(matters));
  return alike.map((group) => group.map(({ part, path }) => ({ part, path })));
}

function* indices(length: number): Generator<number> {
  for (let i = 0; i < length; i++) yield i;
}

function filesOf(part: string, dataset: Dataset): Located[] {
  const found = new Map<string, Located>();
  for (const i of dataset.source ? indices(dataset.length) : []) {
    const source = dataset.source?.(i);
    if (source && !('image' in source)) found.set(source.path, { part, path: source.path, ...(source.blob && { blob: source.blob }) });
  }
  return [...found.values()];
}

const sizeOf = async ({ path, blob }: Located): Promise<string> => String(blob ? blob.size : await fileBytes(path));

async function digestOf({ path, blob }: Located): Promise<string> {
  const bytes = blob ? await blob.arrayBuffer() : await readFile(path);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).join();
}

/** Files by what `keyOf` says of them, some at once. */
async function grouped(files: readonly Located[], keyOf: (file: Located) => Promise<string>): Promise<Located[][]> {
  const groups = new Map<string, Located[]>();
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
