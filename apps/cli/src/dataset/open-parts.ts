import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Dataset, imageFolder, isSpriteFolder, spriteFolder } from '@resnetjs/data';
import { CommandError } from '../command-error.ts';

/** A part of a folder of images that is told apart from the others. */
export interface DatasetPart {
  /** `train`, or what the folder of the other part is called; `images` where there is one alone. */
  readonly name: string;
  readonly dataset: Dataset;
}

const TEST_FOLDERS = ['test', 'val', 'validation', 'valid'];

/**
 * Opens a folder of images: `train` and `test` (or `val`) with one sub-folder per class each, a folder of sprites, or a folder with one
 * sub-folder per class.
 *
 * @returns the images to train on first, then those to test on, if they are apart
 * @throws CommandError if there is no such folder, DatasetError if it holds something else.
 */
export async function openParts(folder: string): Promise<[DatasetPart, ...DatasetPart[]]> {
  if (!existsSync(folder)) throw new CommandError(`${folder}: there is no such folder.`);
  if (!statSync(folder).isDirectory()) throw new CommandError(`${folder}: expected a folder of images, but it is a file.`);
  if (await isSpriteFolder(folder)) {
    const [train, test] = await Promise.all([spriteFolder(folder, 'train'), spriteFolder(folder, 'test')]);
    return [
      { name: 'train', dataset: train },
      { name: 'test', dataset: test },
    ];
  }
  const test = TEST_FOLDERS.find((name) => existsSync(join(folder, name)));
  if (!existsSync(join(folder, 'train')) || !test) return [{ name: 'images', dataset: await imageFolder(folder) }];
  const [first, second] = await Promise.all([imageFolder(join(folder, 'train')), imageFolder(join(folder, test))]);
  return [
    { name: 'train', dataset: first },
    { name: test, dataset: second },
  ];
}
