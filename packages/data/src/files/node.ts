import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join as joinPath, sep } from 'node:path';
import { DatasetError } from '../datasets/dataset-error.ts';
import { byCodePoint } from './by-code-point.ts';
import type { FileAccess } from './file-access.ts';

export const join: FileAccess['join'] = joinPath;
export const parentOf: FileAccess['parentOf'] = dirname;

// 2 GiB is what one Buffer of Node 20 can be sure to hold.
const MAX_READ_BYTES = 2 ** 31 - 1;

// Opened once and measured by its handle; non-blocking, so that a pipe in the folder cannot hang the run.
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

export const readFile: FileAccess['readFile'] = async (path, maxBytes = MAX_READ_BYTES) => {
  const file = await open(path, FLAGS).catch((error) => refuse(path, error));
  try {
    assertReadable(path, await file.stat(), maxBytes);
    return await file.readFile();
  } finally {
    await file.close();
  }
};

export const readFileNow: FileAccess['readFileNow'] = (path, maxBytes = MAX_READ_BYTES) => {
  let file: number;
  try {
    file = openSync(path, FLAGS);
  } catch (error) {
    return refuse(path, error as NodeJS.ErrnoException);
  }
  try {
    assertReadable(path, fstatSync(file), maxBytes);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
};

function refuse(path: string, error: NodeJS.ErrnoException): never {
  throw new DatasetError(`${path}: ${reasonOf(error)}.`, { cause: error });
}

function assertReadable(path: string, info: Stats, maxBytes: number): void {
  if (!info.isFile()) throw new DatasetError(`${path}: expected a file, but it is a ${info.isDirectory() ? 'folder' : 'device or pipe'}.`);
  if (info.size > maxBytes) {
    throw new DatasetError(
      `${path}: the file has ${info.size} bytes, more than the ${maxBytes} allowed. Raise maxFileBytes if you trust it.`,
    );
  }
}

export const listFolder: FileAccess['listFolder'] = async (path, root) => {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new DatasetError(`${path}: ${reasonOf(error)}. Expected a folder.`, { cause: error });
  });
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const kind = entry.isSymbolicLink() ? await linkedKind(joinPath(path, entry.name), path, root) : entry;
    if (kind?.isFile()) files.push(entry.name);
    else if (kind?.isDirectory()) folders.push(entry.name);
  }
  return { files: files.sort(byCodePoint), folders: folders.sort(byCodePoint) };
};

/** What a symbolic link leads to; undefined if nowhere, out of the root, or to a folder that holds the link itself. */
async function linkedKind(link: string, folder: string, root: string) {
  try {
    const [target, realRoot, realFolder] = await Promise.all([realpath(link), realpath(root), realpath(folder)]);
    const within = (inner: string, outer: string) => inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
    if (!within(target, realRoot) || within(realFolder, target)) return undefined;
    return await stat(target);
  } catch {
    return undefined;
  }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file or folder',
    ENOTDIR: 'it is a file',
    EACCES: 'it may not be read by this user',
    EISDIR: 'it is a folder',
  };
  return reasons[error.code ?? ''] ?? error.message;
}
