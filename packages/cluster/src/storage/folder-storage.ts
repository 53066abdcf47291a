import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Storage, StorageError, type StorageFault, type StoredFile } from './storage.ts';

/** Where files are written before they take their names: hidden from listings, on the same disk. */
const UNFINISHED = '.unfinished';

/** Makes a folder, and what is needed to write into it as a storage. */
export async function createFolder(path: string): Promise<void> {
  await mkdir(join(resolve(path), UNFINISHED), { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new StorageError(`${path}: the folder cannot be made: ${FAULTS[cause.code ?? '']?.[1] ?? cause.message}.`, {
      fault: 'refused',
      cause,
    });
  });
}

/** A folder; many machines may share it. To write into it takes {@link createFolder} once, by anybody. */
export function folderStorage(path: string): Storage {
  const root = resolve(path);
  const place = (name: string): string => join(root, name);

  /** What an error of the file system means here. A file that is gone with its folder is not gone, the folder is away. */
  const fault = async (name: string, error: unknown): Promise<StorageError> => {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const inside = await readdir(root).catch(() => undefined);
    if (!inside) return new StorageError(`${root}: the folder is not there.`, { fault: 'away', cause: error });
    if (inside.length === 0) return new StorageError(`${root}: the folder is empty. Is the disk mounted?`, { fault: 'away', cause: error });
    const [kind, why] = FAULTS[code] ?? ['refused', message];
    return new StorageError(`${place(name)}: ${why}.`, { fault: kind, cause: error });
  };
  const orFault = <T>(name: string, work: Promise<T>): Promise<T> =>
    work.catch(async (error) => {
      throw error instanceof StorageError ? error : await fault(name, error);
    });

  async function* below(folder: string): AsyncGenerator<StoredFile> {
    // Names alone: of a folder of a million files they are all that is held.
    const names = await orFault(folder, readdir(place(folder)));
    names.sort(byBytes);
    for (const own of names) {
      if (own.startsWith('.')) continue;
      const name = folder === '' ? own : `${folder}/${own}`;
      const info = await stat(place(name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined; // a link that leads nowhere, or deleted since
        throw error;
      });
      if (info?.isDirectory()) yield* below(name);
      else if (info?.isFile()) yield { name, sizeBytes: info.size, etag: etagOf(info.mtimeMs) };
    }
  }

  async function readWhole(name: string, listed: Pick<StoredFile, 'sizeBytes' | 'etag'> | undefined): Promise<Uint8Array> {
    const file = await open(place(name), 'r');
    try {
      const info = await file.stat();
      if (listed && (info.size !== listed.sizeBytes || etagOf(info.mtimeMs) !== listed.etag)) throw changed(place(name));
      return await file.readFile();
    } finally {
      await file.close();
    }
  }

  async function writeWhole(name: string, contents: Uint8Array | string): Promise<void> {
    const unfinished = join(root, UNFINISHED, `${process.pid}-${randomBytes(6).toString('hex')}`);
    // Fails where only the mount point is left of a shared folder: what was written there would be lost to the others.
    const file = await open(unfinished, 'wx');
    try {
      try {
        await file.writeFile(contents);
        await file.sync(); // else a name may outlive a power cut that its contents do not
      } finally {
        await file.close();
      }
      await mkdir(dirname(place(name)), { recursive: true });
      await rename(unfinished, place(name));
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => {});
      throw error;
    }
  }

  return {
    address: root,
    list: () => below(''),
    read: (name, listed) =>
      orFault(name, readWhole(name, listed)).catch((error: StorageError) => {
        // What was listed and is not there any more has changed, too.
        if (listed && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT' && error.fault === 'refused')
          throw changed(place(name), error);
        throw error;
      }),
    write: (name, contents) => orFault(name, writeWhole(name, contents)),
    exists: (name) =>
      stat(place(name)).then(
        () => true,
        async (error) => {
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
          throw await fault(name, error);
        },
      ),
  };
}

const changed = (path: string, cause?: unknown): StorageError =>
  new StorageError(`${path}: the file is not the one that was listed; it was changed or removed since. Start predict again.`, {
    fault: 'changed',
    cause,
  });

const etagOf = (mtimeMs: number): string => Math.round(mtimeMs).toString(36);

/** As S3 sorts, whatever the language of the machine. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const FAULTS: Readonly<Record<string, readonly [StorageFault, string]>> = {
  ENOENT: ['refused', 'there is no such file'],
  EACCES: ['refused', 'this user may not'],
  EPERM: ['refused', 'this user may not'],
  EISDIR: ['refused', 'it is a folder, but a file is needed'],
  ENOTDIR: ['refused', 'a part of the path is a file, not a folder'],
  ENAMETOOLONG: ['refused', 'the name is too long'],
  ENOSPC: ['away', 'the disk is full'],
  EDQUOT: ['away', "this user's share of the disk is full"],
  EROFS: ['away', 'nothing can be written on that disk'],
  EIO: ['away', 'the disk does not answer'],
  ESTALE: ['away', 'the shared folder was lost'],
  ENOTCONN: ['away', 'the shared folder was lost'],
  EHOSTDOWN: ['away', 'the machine that shares the folder does not answer'],
  ETIMEDOUT: ['away', 'the machine that shares the folder does not answer'],
  EMFILE: ['away', 'too many files are open'],
  ENFILE: ['away', 'too many files are open'],
};
