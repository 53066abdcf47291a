const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read by this user',
  EISDIR: 'it is a folder, but a file is needed',
  ENOTDIR: 'a part of the path is a file, not a folder',
};

/** Why a file could not be opened, in words. */
export const fileFault = ({ code, message }: NodeJS.ErrnoException): string => REASONS[code ?? ''] ?? message;
