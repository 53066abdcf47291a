import { fromFiles, isImageName, type NamedFile } from '@resnetjs/data';

/** What is to be told apart, and photos of it. */
export interface PhotoClass {
  readonly name: string;
  readonly photos: readonly File[];
}

/** What became of files that the user chose or dropped. */
export interface SortedFiles {
  readonly classes: readonly PhotoClass[];
  /** Names of those that are no images by their ending. */
  readonly skipped: readonly string[];
}

const isHidden = ({ name }: NamedFile): boolean => name.startsWith('.') || name === 'Thumbs.db';

/**
 * Sorts files by the folders they lie in, each a class: a folder with one sub-folder per class, or several folders.
 *
 * @throws DatasetError if no image lies in a folder.
 */
export function sortByFolder(files: readonly File[]): SortedFiles {
  const dataset = fromFiles(files);
  const classes = (dataset.classes ?? []).map((name) => ({ name, photos: [] as File[] }));
  for (let i = 0; i < dataset.length; i++) {
    const source = dataset.source(i);
    if ('blob' in source) classes[source.label]?.photos.push(source.blob as File);
  }
  return { classes, skipped: notImages(files) };
}

/** Splits files by whether they may be images. */
export function sortByEnding(files: readonly File[]): { photos: File[]; skipped: string[] } {
  return { photos: files.filter(mayBeImage), skipped: notImages(files) };
}

const mayBeImage = (file: File): boolean => !isHidden(file) && (isImageName(file.name) || file.type.startsWith('image/'));

const notImages = (files: readonly File[]): string[] =>
  files.filter((file) => !mayBeImage(file) && !isHidden(file)).map(({ name }) => name);

/** What keeps these classes from being trained on, in words; undefined if nothing does. */
export function faultOf(classes: readonly PhotoClass[]): string | undefined {
  const used = classes.filter(({ photos }) => photos.length > 0);
  const empty = classes.filter(({ name, photos }) => photos.length === 0 && name !== '');
  if (classes.length > used.length && used.length > 0 && empty.length > 0)
    return `${list(empty.map(({ name }) => name))} ${empty.length === 1 ? 'has' : 'have'} no photos. Add some, or remove the class.`;
  if (used.length === 0) return 'There are no photos yet. Add some to two classes at least, or use the sample digits.';
  if (used.length === 1)
    return `There is one class only, ${used[0]?.name}. There is nothing to tell it from: add photos of something else.`;
  if (used.some(({ name }) => name === '')) return 'A class has no name. Give it one.';
  const twice = used.find(({ name }, i) => used.findIndex((other) => other.name === name) !== i);
  if (twice) return `Two classes are called ${twice.name}. Give one of them another name.`;
  const small = used.filter(({ photos }) => photos.length < 2);
  if (small.length > 0)
    return `${list(small.map(({ name }) => name))} needs at least two photos, one to learn from and one to check with. Ten or more are better.`;
  return undefined;
}

export const list = (names: readonly string[]): string =>
  names.length <= 6 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
