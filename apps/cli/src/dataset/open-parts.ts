import { stat } from 'node:fs/promises';
import { type DatasetParts, imageParts, isSpriteFolder, spriteFolder } from '@resnetjs/data';
import { CommandError } from '../command-error.ts';
import { fileFault } from '../file-fault.ts';

/**
 * Opens a folder of images: `train`, `val` and `test` with one sub-folder per class each, a folder of sprites, or a folder with one
 * sub-folder per class.
 *
 * @throws CommandError if there is no such folder, DatasetError if it holds something else.
 */
export async function openParts(folder: string): Promise<DatasetParts> {
  const info = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${folder}: ${error.code === 'ENOENT' ? 'there is no such folder' : fileFault(error)}.`, { cause: error });
  });
  if (!info.isDirectory()) throw new CommandError(`${folder}: expected a folder of images, but it is a file.`);
  if (!(await isSpriteFolder(folder))) return imageParts(folder);
  const [train, test] = await Promise.all([spriteFolder(folder, 'train'), spriteFolder(folder, 'test')]);
  return {
    parts: [
      { name: 'train', role: 'train', dataset: train },
      { name: 'test', role: 'test', dataset: test },
    ],
    notes: [],
  };
}
