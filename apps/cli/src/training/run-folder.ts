import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { latestSnapshot, type Snapshot, type SnapshotStore } from '@resnetjs/train';
import { folderStore } from '@resnetjs/train/node';
import { readSafetensors, saveCheckpoint } from '@resnetjs/weights';
import { CommandError } from '../command-error.ts';
import { writeFault } from '../file-fault.ts';
import { writeWholeFile } from '../write-whole-file.ts';

/** The folder of one training. */
export interface RunFolder {
  readonly path: string;
  readonly store: SnapshotStore;
  /** Where a file of that name lies. */
  file(name: string): string;
  /** In one go: a kill leaves what was there before, or all of it. */
  write(name: string, text: string): Promise<void>;
}

/** Opens a folder for a training, made as needed. @throws CommandError if it cannot be. */
export async function openRunFolder(path: string): Promise<RunFolder> {
  const file = (name: string) => join(path, name);
  await mkdir(file('checkpoints'), { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path}: the folder cannot be made: ${writeFault(path, error)}. --out FOLDER chooses another.`, {
      cause: error,
    });
  });
  return {
    path,
    file,
    store: await folderStore(file('checkpoints'), { readSafetensors, saveCheckpoint }),
    write: (name, text) => writeWholeFile(file(name), text),
  };
}

/**
 * The training that a folder holds, to resume; undefined where a new one is to start.
 *
 * @param warn told of checkpoints that could not be read
 * @throws CommandError where a training would be written over, or there is none to resume.
 */
export async function trainingIn(
  { path, store }: RunFolder,
  { resume, warn }: { readonly resume: boolean; readonly warn: (message: string) => void },
): Promise<Snapshot | undefined> {
  const begun = existsSync(path) && (await store.list()).length > 0;
  if (!resume) {
    if (begun) throw new CommandError(`${path} holds a training already. Go on with it by --resume, or choose another folder with --out.`);
    return undefined;
  }
  const snapshot = await latestSnapshot(store, (name, error) =>
    warn(`${name} cannot be read and is passed over: ${(error as Error).message}`),
  );
  if (!snapshot)
    throw new CommandError(`${path} holds no checkpoint to resume from. Start a training without --resume, or give its folder with --out.`);
  return snapshot;
}
