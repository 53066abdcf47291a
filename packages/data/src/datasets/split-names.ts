import { DatasetError } from './dataset-error.ts';
import { some } from './in-words.ts';

/** What a part of a dataset is for; `all` where nothing is told apart. */
export type PartRole = 'train' | 'validation' | 'test' | 'all';

const USUAL_NAMES: Readonly<Record<string, Exclude<PartRole, 'all'>>> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
  testing: 'test',
};

/** A folder, as far as it says whether it is a class or a part of the dataset. */
export interface FolderKind {
  readonly name: string;
  readonly hasImages: boolean;
  readonly hasFolders: boolean;
}

/** Which folders are parts of a dataset, and which beside them are nothing. */
export interface FoundSplits {
  /** Train, validation, test, where they are. */
  readonly parts: readonly { readonly name: string; readonly role: Exclude<PartRole, 'all'> }[];
  /** Named like a part but without a folder of any class: a test set without labels, for example. */
  readonly unlabelled: readonly string[];
  readonly others: readonly string[];
}

const roleOf = (name: string): Exclude<PartRole, 'all'> | undefined => USUAL_NAMES[name.toLowerCase()];

/** Whether a folder is called as a part of a dataset usually is: `train`, `Training`, `val`, `test` and so on. */
export const isSplitName = (name: string): boolean => roleOf(name) !== undefined;

/**
 * Tells the parts of a dataset from classes: a part has a usual name and holds folders, not images. (A class may be called `train`,
 * too: there are photos of trains in CIFAR-100.)
 *
 * @returns undefined if the folders are classes.
 * @throws DatasetError if two folders are the same part, or one looks like a part and the others like classes.
 */
export function findSplits(root: string, folders: readonly FolderKind[]): FoundSplits | undefined {
  const isPart = ({ name, hasFolders, hasImages }: FolderKind) => isSplitName(name) && hasFolders && !hasImages;
  const found = folders.filter(isPart).map(({ name }) => ({ name, role: roleOf(name) as Exclude<PartRole, 'all'> }));
  if (found.length === 0) return undefined;
  const rest = folders.filter((folder) => !isPart(folder));
  const unlabelled = rest.filter(({ name }) => isSplitName(name)).map(({ name }) => name);
  const others = rest.filter(({ name }) => !isSplitName(name));
  // With two parts there is no doubt; one alone among folders of images may be a class.
  const rivals = others.filter(({ hasImages }) => hasImages).map(({ name }) => name);
  if (found.length === 1 && rivals.length > 0) {
    const [{ name }] = found as [FoundSplits['parts'][number]];
    throw new DatasetError(
      `${root}: ${name} holds folders, as a part of a dataset does, but ${some(rivals)} beside it ${rivals.length === 1 ? 'holds' : 'hold'} images, as classes do. ` +
        `Open ${root}/${name} alone, or put the images of the class ${name} directly into its folder.`,
    );
  }
  const parts = (['train', 'validation', 'test'] as const).flatMap((role) => {
    const same = found.filter((part) => part.role === role);
    if (same.length > 1)
      throw new DatasetError(
        `${root}: ${same.map(({ name }) => name).join(' and ')} are both for ${role === 'train' ? 'training' : role}. Keep one of them, or open one alone.`,
      );
    return same;
  });
  return { parts, unlabelled, others: others.map(({ name }) => name) };
}
