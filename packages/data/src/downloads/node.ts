import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetDownloader, RemoteFile } from './dataset-source.ts';
import { extractTarGz } from './extract-tar.ts';
import { fetchFile } from './fetch-file.ts';
import { withLock } from './lock.ts';

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * Downloads what is missing. A file gets its name when it is whole and its sum is right; until then it is `NAME.part`,
 * which the next try continues. Several processes may do this at once: one works, the others wait.
 */
export const downloadFiles: DatasetDownloader = async (files, folder, options) => {
  await mkdir(folder, { recursive: true });
  for (const file of files) {
    const done = join(folder, doneName(file));
    if (await exists(done)) continue;
    await withLock(`${join(folder, file.name)}.lock`, options.signal, async () => {
      if (await exists(done)) return;
      const path = await fetchFile(file, folder, options);
      if (file.unpack) await unpack(path, folder, done);
    });
  }
};

/** The file, or the folder that it unpacks to, whose presence says that all is there. */
function doneName({ name, unpack }: RemoteFile): string {
  return unpack ? `.${name}.unpacked` : name;
}

async function unpack(archive: string, folder: string, done: string): Promise<void> {
  const fresh = `${archive}.unpacking`;
  await rm(fresh, { recursive: true, force: true });
  const tops = await extractTarGz(archive, fresh);
  for (const top of tops) {
    await rm(join(folder, top), { recursive: true, force: true });
    await rename(join(fresh, top), join(folder, top));
  }
  await rm(fresh, { recursive: true, force: true });
  await mkdir(done, { recursive: true });
  await rm(archive, { force: true });
}
