import { type Dataset, imageFolder, isSpriteFolder, type Split, spriteFolder } from '@resnetjs/data';

/**
 * Opens labelled images: a folder of sprites with `labels.json`, else one folder per class.
 *
 * @param split which part of the sprites; a class-per-folder dataset is one already.
 * @throws DatasetError if it is neither.
 */
export const openDataset = async (folder: string, split: Split): Promise<Dataset> =>
  (await isSpriteFolder(folder)) ? spriteFolder(folder, split) : imageFolder(folder);
