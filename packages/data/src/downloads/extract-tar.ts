import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { DatasetError } from '../datasets/dataset-error.ts';
import { readTar } from './read-tar.ts';

/** Limits of what is unpacked: far above any dataset here. */
export interface TarLimits {
  readonly maxBytes?: number;
  readonly maxEntries?: number;
}

/**
 * Unpacks the regular files of a `.tar.gz` below `folder`. Nothing is written outside of it: names that are absolute
 * or climb up, and links and devices, are refused.
 *
 * @returns the names at the top
 * @throws DatasetError for an archive that is broken, lies, or is beyond the limits.
 */
export async function extractTarGz(
  archive: string,
  folder: string,
  { maxBytes = 8 * 1024 ** 3, maxEntries = 1_000_000 }: TarLimits = {},
): Promise<string[]> {
  const tops = new Set<string>();
  let unpacked = 0;
  let entries = 0;
  await mkdir(folder, { recursive: true });
  try {
    const stream = createReadStream(archive).on('error', (error) => gunzip.destroy(error));
    const gunzip = createGunzip();
    stream.pipe(gunzip);
    for await (const { name, kind, chunks } of readTar(gunzip)) {
      if (++entries > maxEntries) throw new DatasetError(`more than ${maxEntries} entries`);
      const path = safePath(name);
      if (kind === 'other') throw new DatasetError(`${name} is a link or device, which a dataset has no need of`);
      if (path === '') continue;
      tops.add(path.split('/')[0] as string);
      if (kind === 'folder') {
        await mkdir(join(folder, path), { recursive: true });
        continue;
      }
      await mkdir(dirname(join(folder, path)), { recursive: true });
      const file = await open(join(folder, path), 'w');
      try {
        for await (const chunk of chunks) {
          unpacked += chunk.length;
          if (unpacked > maxBytes) throw new DatasetError(`it unpacks to more than ${maxBytes} bytes`);
          await file.write(chunk);
        }
      } finally {
        await file.close();
      }
    }
  } catch (error) {
    throw new DatasetError(`${archive}: cannot be unpacked: ${(error as Error).message}. Nothing of it is used.`, { cause: error });
  }
  return [...tops];
}

/** The name with its parts checked. @throws DatasetError if it would leave the folder. */
function safePath(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (name.startsWith('/') || /[\\\0]/.test(name) || /^[a-z]:/i.test(name) || parts.includes('..')) {
    throw new DatasetError(`the entry ${JSON.stringify(name)} would leave the folder`);
  }
  return parts.join('/');
}
