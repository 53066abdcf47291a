import { closeSync, openSync, rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CommandError } from './command-error.ts';
import { writeFault } from './file-fault.ts';

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
  append(contents: string | Uint8Array): Promise<void>;
  /** Gives it its name. */
  finish(): Promise<void>;
  /** Leaves what was there before; of no effect once it is finished. */
  discard(): Promise<void>;
}

/** By which a process is told to end: Ctrl-C, `kill`, a terminal that is closed. */
const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Begins a file that may be too long for memory, or is written after long work; whoever ends the process leaves nothing of it.
 *
 * @throws CommandError if it cannot be written.
 */
export async function growingFile(path: string): Promise<GrowingFile> {
  const unfinished = unfinishedName(path);
  // What would fail at the very end is found out now; and a device would be replaced, not written to.
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw unwritable(path, { code: 'EISDIR' });
  if (there && !there.isFile()) throw unwritable(path, { message: 'it is a device or pipe, but a file is needed' });
  const forget = () => {
    for (const signal of ENDINGS) process.removeListener(signal, interrupt);
  };
  const interrupt = (signal: NodeJS.Signals) => {
    forget();
    rmSync(unfinished, { force: true });
    process.kill(process.pid, signal); // nobody listens any more: it ends the process
  };
  // Before the file is there, and that at once: a signal in between would leave it.
  for (const signal of ENDINGS) process.on(signal, interrupt);
  let file: FileHandle;
  try {
    closeSync(openSync(unfinished, 'w'));
    file = await open(unfinished, 'r+'); // makes none
  } catch (error) {
    forget();
    throw unwritable(path, error);
  }
  let isOpen = true;
  const close = async () => {
    forget();
    isOpen = false;
    await file.close();
  };
  const or = (error: unknown): never => {
    throw unwritable(path, error);
  };
  return {
    append: (contents) => file.appendFile(contents).catch(or),
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

const unwritable = (path: string, error: unknown): CommandError =>
  new CommandError(`${path}: cannot be written: ${writeFault(path, error as NodeJS.ErrnoException)}.`, { cause: error });
