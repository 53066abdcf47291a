import { dirname } from 'node:path';

const ANYWAY: Readonly<Record<string, string>> = {
  EISDIR: 'it is a folder, but a file is needed',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ELOOP: 'it is a link that leads to itself',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
};

const READING: Readonly<Record<string, string>> = {
  ...ANYWAY,
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read by this user',
  EPERM: 'it may not be read by this user',
};

const WRITING: Readonly<Record<string, string>> = {
  ...ANYWAY,
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'nothing can be written on that disk',
  ENOSPC: 'the disk is full',
  EDQUOT: "this user's share of the disk is full",
  EEXIST: 'there is a file of that name',
};

/** Why a file could not be opened, in words. */
export const fileFault = ({ code, message }: NodeJS.ErrnoException): string => READING[code ?? ''] ?? message;

/** Why a file or folder could not be written, in words. */
export const writeFault = (path: string, { code, message }: NodeJS.ErrnoException): string =>
  code === 'ENOENT' ? `there is no folder ${dirname(path)}` : (WRITING[code ?? ''] ?? message);
