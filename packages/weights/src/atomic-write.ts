import { CheckpointError } from './checkpoint-error.ts';
import { nodeModule } from './node-modules.ts';

export interface FileToWrite {
  readonly path: string;
  readonly parts: readonly Uint8Array[];
}

/**
 * Writes files so that each is there whole or not at all (Node only): first to temporary names beside them, then,
 * when all are on disk, renamed one right after the other. Folders are made as needed.
 *
 * @throws CheckpointError if one cannot be written; the old files are then as they were, and nothing is left over.
 */
export async function writeFilesAtomically(files: readonly FileToWrite[]): Promise<void> {
  const [fs, path] = [nodeModule('node:fs/promises'), nodeModule('node:path')];
  if (!fs || !path)
    throw new CheckpointError('There is no file system here to write to. In a browser, make a Blob of encodeCheckpoint(…).parts.');
  const temporaries: string[] = [];
  try {
    for (const file of files) {
      if (
        await fs.stat(file.path).then(
          (stat) => !stat.isFile(),
          () => false,
        )
      )
        throw new Error(`${file.path} is not a file`); // else the second rename could fail after the first
      await fs.mkdir(path.dirname(file.path), { recursive: true });
      const temporary = `${file.path}.${crypto.randomUUID()}.tmp`;
      temporaries.push(temporary);
      const handle = await fs.open(temporary, 'wx');
      try {
        for (const part of file.parts) await handle.appendFile(part);
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
    for (const [i, file] of files.entries()) await fs.rename(temporaries[i] as string, file.path);
  } catch (cause) {
    throw new CheckpointError(`${files.map((file) => file.path).join(', ')}: cannot be written (${(cause as Error).message}).`, { cause });
  } finally {
    for (const temporary of temporaries) await fs.rm(temporary, { force: true }); // gone already where all went well
  }
}
