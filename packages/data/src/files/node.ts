import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { open, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join as joinPath, resolve, sep } from 'node:path';
import { DatasetError } from '../datasets/dataset-error.ts';
import { byCodePoint } from './by-code-point.ts';
import { isByProduct } from './by-products.ts';
import type { FileAccess, PassedOver } from './file-access.ts';

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

export const readStart: FileAccess['readStart'] = async (path, bytes) => {
  const file = await open(path, FLAGS).catch((error) => refuse(path, error));
  try {
    assertReadable(path, await file.stat(), Number.POSITIVE_INFINITY);
    const start = new Uint8Array(bytes);
    let filled = 0;
    for (;;) {
      const { bytesRead } = await file.read(start, filled, bytes - filled, filled);
      filled += bytesRead;
      if (bytesRead === 0 || filled === bytes) return start.subarray(0, filled);
    }
  } finally {
    await file.close();
  }
};

export const fileBytes: FileAccess['fileBytes'] = (path) => {
  try {
    return statSync(path).size;
  } catch (error) {
    return refuse(path, error as NodeJS.ErrnoException);
  }
};

export const listFolder: FileAccess['listFolder'] = async (path) => {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new DatasetError(`${path}: ${reasonOf(error)}. Expected a folder.`, { cause: error });
  });
  const files: string[] = [];
  const folders: string[] = [];
  const links = new Map<string, string>();
  const passedOver: PassedOver[] = [];
  for (const entry of entries.sort((a, b) => byCodePoint(a.name, b.name))) {
    const { name } = entry;
    const own = joinPath(path, name);
    if (isByProduct(name)) {
      passedOver.push({ path: own, why: 'hidden or left behind by a system' });
      continue;
    }
    const link = entry.isSymbolicLink() ? await followed(own, path) : undefined;
    if (link && 'why' in link) {
      passedOver.push({ path: own, ...link });
      continue;
    }
    if (link) links.set(name, link.target);
    const kind = link?.kind ?? entry;
    if (kind.isFile()) files.push(name);
    else if (kind.isDirectory()) folders.push(name);
    else passedOver.push({ path: own, why: 'neither file nor folder' });
  }
  return { files, folders, links, passedOver };
};

/** What a symbolic link leads to, or why it cannot be followed. */
async function followed(
  link: string,
  folder: string,
): Promise<{ readonly target: string; readonly kind: Stats } | Required<Omit<PassedOver, 'path'>>> {
  try {
    const [target, realFolder] = await Promise.all([realpath(link), realpath(folder)]);
    if (isWithin(realFolder, target)) return { target, why: 'a link to a folder that it is in itself' };
    return { target, kind: await stat(target) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const target = resolve(folder, await readlink(link));
    if (code === 'ELOOP') return { target, why: 'a link that leads to itself' };
    return { target, why: code === 'EACCES' ? 'a link to what this user may not read' : 'a link to what is not there' };
  }
}

export const realPath: FileAccess['realPath'] = (path) => realpath(path).catch((error) => refuse(path, error));

export const isWithin: FileAccess['isWithin'] = (path, folder) =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

export const fromTable: FileAccess['fromTable'] = (root, path) => {
  if (sep === '/' && /^([a-z]:[\\/]|\\\\)/i.test(path))
    throw new DatasetError(
      `${path}: a path of Windows, which leads nowhere here. Give paths relative to a folder, and that folder as root.`,
    );
  const own = sep === '/' ? path.replaceAll('\\', '/') : path;
  return isAbsolute(own) ? own : joinPath(root, own);
};

function reasonOf(error: NodeJS.ErrnoException): string {
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file or folder',
    ENOTDIR: 'it is a file',
    EACCES: 'it may not be read by this user',
    EISDIR: 'it is a folder',
  };
  return reasons[error.code ?? ''] ?? error.message;
}
