import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CommandError } from './command-error.ts';
import { fileFault } from './file-fault.ts';

/**
 * Writes a file in one go: whoever looks sees what was there before, or all of it.
 *
 * @throws CommandError saying why it cannot be written; what was there stays.
 */
export async function writeWholeFile(path: string, contents: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  const unfinished = join(folder, `.${basename(path)}.${process.pid}`);
  try {
    await writeFile(unfinished, contents);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    const { code } = error as NodeJS.ErrnoException;
    const fault = code === 'ENOENT' ? `there is no folder ${folder}` : fileFault(error as NodeJS.ErrnoException);
    throw new CommandError(`${path}: cannot be written: ${fault}.`, { cause: error });
  }
}
