import { rmSync } from 'node:fs';
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CommandError } from './command-error.ts';
import { fileFault } from './file-fault.ts';

/** Where a file is written before it takes its name. */
const unfinishedName = (path: string): string => join(dirname(path), `.${basename(path)}.${process.pid}`);

/**
 * Writes a file in one go: whoever looks sees what was there before, or all of it.
 *
 * @throws CommandError saying why it cannot be written; what was there stays.
 */
export async function writeWholeFile(path: string, contents: Uint8Array | string): Promise<void> {
  const unfinished = unfinishedName(path);
  try {
    await writeFile(unfinished, contents);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw unwritable(path, error);
  }
}

/** A file that grows piece by piece, and takes its name when it is whole. */
export interface GrowingFile {
  append(text: string): Promise<void>;
  /** Gives it its name. */
  finish(): Promise<void>;
  /** Leaves what was there before; of no effect once it is finished. */
  discard(): Promise<void>;
}

/** Begins a file that may be too long for memory; Ctrl-C leaves nothing of it. @throws CommandError if it cannot be written. */
export async function growingFile(path: string): Promise<GrowingFile> {
  const unfinished = unfinishedName(path);
  // What would fail at the very end is found out now.
  if ((await stat(path).catch(() => undefined))?.isDirectory()) throw unwritable(path, { code: 'EISDIR' });
  const file = await open(unfinished, 'w').catch((error) => {
    throw unwritable(path, error);
  });
  const interrupt = () => {
    rmSync(unfinished, { force: true });
    process.kill(process.pid, 'SIGINT'); // nobody listens any more: it ends the process
  };
  process.once('SIGINT', interrupt);
  let isOpen = true;
  const close = async () => {
    process.removeListener('SIGINT', interrupt);
    isOpen = false;
    await file.close();
  };
  const or = (error: unknown): never => {
    throw unwritable(path, error);
  };
  return {
    append: (text) => file.appendFile(text).catch(or),
    async finish() {
      await close().catch(or);
      await rename(unfinished, path).catch(or);
    },
    async discard() {
      if (isOpen) await close().catch(() => {});
      await rm(unfinished, { force: true }).catch(() => {});
    },
  };
}

function unwritable(path: string, error: unknown): CommandError {
  const fault =
    (error as NodeJS.ErrnoException).code === 'ENOENT' ? `there is no folder ${dirname(path)}` : fileFault(error as NodeJS.ErrnoException);
  return new CommandError(`${path}: cannot be written: ${fault}.`, { cause: error });
}
