import { join, listFolder } from '#files';
import type { DecodeOptions } from '../decode-image.ts';
import type { PassedOver } from '../files/file-access.ts';
import type { Dataset } from './dataset.ts';
import { imageFolder, isImageName } from './image-folder.ts';
import { tellPassedOver } from './passed-over.ts';
import { findSplits, isSplitName, type PartRole } from './split-names.ts';

/** A part of a dataset that is told apart from the others. */
export interface DatasetPart {
  /** What its folder is called; `images` where there is one alone. */
  readonly name: string;
  readonly role: PartRole;
  readonly dataset: Dataset;
}

/** A dataset in its parts. */
export interface DatasetParts {
  /** Train, validation, test, as far as they are there; or one with the role `all`. */
  readonly parts: readonly [DatasetPart, ...DatasetPart[]];
  /** What was passed over or assumed, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Opens a folder of images that may be divided: `train` (or `training`), `val` (`valid`, `validation`) and `test` (`testing`), in any
 * case, with one sub-folder per class each; or a folder with one sub-folder per class. Each part keeps the classes that it has:
 * `withClasses` gives one the labels of another.
 *
 * @throws DatasetError for what cannot be read, or where it is not plain what is a part and what a class.
 */
export async function imageParts(root: string, decode: DecodeOptions = {}): Promise<DatasetParts> {
  const listing = await listFolder(root);
  // A thousand classes are not listed twice to find that none is called as a part is.
  const looked = listing.folders.some(isSplitName) ? listing.folders : [];
  const kinds = await Promise.all(
    looked.map(async (name) => {
      const { files, folders } = await listFolder(join(root, name));
      return { name, hasImages: files.some(isImageName), hasFolders: folders.length > 0 };
    }),
  );
  const splits = findSplits(root, kinds);
  if (!splits) {
    const dataset = await imageFolder(root, decode);
    return { parts: [{ name: 'images', role: 'all', dataset }], notes: dataset.notes };
  }
  const passedOver: PassedOver[] = [
    ...listing.passedOver,
    ...listing.files.map((name): PassedOver => ({ path: join(root, name), why: 'no part that is told apart by its name' })),
    ...splits.others.map((name): PassedOver => ({ path: join(root, name), why: 'no part that is told apart by its name' })),
    ...splits.unlabelled.map((name): PassedOver => ({ path: join(root, name), why: 'without a folder of any class' })),
  ];
  const opened = await Promise.all(
    splits.parts.map(async ({ name, role }) => ({ name, role, dataset: await imageFolder(join(root, name), decode) })),
  );
  return {
    parts: opened as [(typeof opened)[number], ...typeof opened],
    notes: [...tellPassedOver(root, passedOver), ...opened.flatMap(({ dataset }) => dataset.notes)],
  };
}
