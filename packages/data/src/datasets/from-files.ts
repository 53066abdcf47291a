import type { DecodeOptions } from '../decode-image.ts';
import { byCodePoint } from '../files/by-code-point.ts';
import { type IndexedDataset, indexedDataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';
import { isImageName } from './image-folder.ts';

/** The part of a browser's `File` that is used; `webkitRelativePath` is set by `<input webkitdirectory>`. */
export type NamedFile = Blob & { readonly name: string; readonly webkitRelativePath?: string };

/**
 * Opens the files a user chose in a browser: `<input type="file" webkitdirectory>` on a folder with one sub-folder per
 * class. Hidden files and what is no image by its ending are skipped; order and classes are `imageFolder`'s.
 *
 * @throws DatasetError if no image lies in a class folder.
 */
export function fromFiles(files: Iterable<NamedFile> | ArrayLike<NamedFile>, decode: DecodeOptions = {}): IndexedDataset {
  const found = Array.from(files)
    .map((blob) => ({ blob, path: blob.webkitRelativePath || blob.name }))
    .filter(({ path }) => isImageName(path) && !path.split('/').some((part) => part.startsWith('.')))
    .map((file) => ({ ...file, folders: file.path.split('/').slice(0, -1) }));
  // The chosen folder leads every path; the class is the folder below it.
  const root = found[0]?.folders[0];
  const depth = found.every(({ folders }) => folders.length > 1 && folders[0] === root) ? 1 : 0;
  const inClasses = found.flatMap(({ blob, path, folders }) => {
    const name = folders[depth];
    return name === undefined ? [] : [{ blob, path, name, folder: folders.join('/') }];
  });
  if (inClasses.length === 0) {
    throw new DatasetError(
      `fromFiles: none of ${Array.from(files).length} files is an image in a class folder. Choose a folder that has one sub-folder per class.`,
    );
  }
  inClasses.sort((a, b) => byCodePoint(a.name, b.name) || byCodePoint(a.folder, b.folder) || byCodePoint(a.path, b.path));
  const classes = [...new Set(inClasses.map(({ name }) => name))];
  return indexedDataset({ length: inClasses.length, classes, decode }, (index) => {
    const { path, blob, name } = inClasses[index] as (typeof inClasses)[number];
    return { path, blob, label: classes.indexOf(name) };
  });
}
