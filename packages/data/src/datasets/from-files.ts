import type { DecodeOptions } from '../decode-image.ts';
import { byCodePoint } from '../files/by-code-point.ts';
import { isByProduct } from '../files/by-products.ts';
import type { PassedOver } from '../files/file-access.ts';
import { indexedDataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';
import { type FoundDataset, isImageName } from './image-folder.ts';
import { tellPassedOver } from './passed-over.ts';
import { findSplits } from './split-names.ts';

/** The part of a browser's `File` that is used; `webkitRelativePath` is set by `<input webkitdirectory>`. */
export type NamedFile = Blob & { readonly name: string; readonly webkitRelativePath?: string };

/**
 * Opens the files a user chose in a browser: `<input type="file" webkitdirectory>` on a folder with one sub-folder per
 * class. What systems leave behind and what is no image by its ending is passed over, and told in `notes`; order and classes are
 * `imageFolder`'s.
 *
 * @throws DatasetError if no image lies in a class folder, or the folders are the parts of a dataset (`train`, `test`).
 */
export function fromFiles(files: Iterable<NamedFile> | ArrayLike<NamedFile>, decode: DecodeOptions = {}): FoundDataset {
  const all = Array.from(files).map((blob) => ({ blob, path: blob.webkitRelativePath || blob.name }));
  const passedOver: PassedOver[] = [];
  const found = all
    .filter(({ path }) => {
      const why = path.split('/').some(isByProduct)
        ? 'hidden or left behind by a system'
        : isImageName(path)
          ? undefined
          : 'no image, by its ending';
      if (why) passedOver.push({ path, why });
      return why === undefined;
    })
    .map((file) => ({ ...file, folders: file.path.split('/').slice(0, -1) }));
  // The chosen folder leads every path; the class is the folder below it, also where images lie beside the classes.
  const root = found[0]?.folders[0];
  const isChosen = found.every(({ folders }) => folders.length > 0 && folders[0] === root);
  const below = new Set(found.map(({ folders }) => folders[1]));
  const depth = isChosen && (!below.has(undefined) || below.size > 2) ? 1 : 0;
  const inClasses = found.flatMap(({ blob, path, folders }) => {
    const name = folders[depth];
    if (name === undefined) passedOver.push({ path, why: 'beside the folders of the classes' });
    return name === undefined ? [] : [{ blob, path, name, folders, folder: folders.join('/') }];
  });
  if (inClasses.length === 0) {
    throw new DatasetError(
      `fromFiles: none of ${all.length} files is an image in a class folder. Choose a folder that has one sub-folder per class.`,
    );
  }
  inClasses.sort((a, b) => byCodePoint(a.name, b.name) || byCodePoint(a.folder, b.folder) || byCodePoint(a.path, b.path));
  const classes = [...new Set(inClasses.map(({ name }) => name))];
  const kinds = new Map(classes.map((name) => [name, { name, hasImages: false, hasFolders: false }]));
  for (const { name, folders } of inClasses) {
    const kind = kinds.get(name);
    if (kind) kind[folders.length > depth + 1 ? 'hasFolders' : 'hasImages'] = true;
  }
  const splits = findSplits('fromFiles', [...kinds.values()]);
  if (splits) {
    const names = splits.parts.map(({ name }) => name);
    throw new DatasetError(
      `fromFiles: ${names.join(' and ')} ${names.length === 1 ? 'is a part' : 'are parts'} of a dataset, not classes. Choose ${names.join(' or ')} alone.`,
    );
  }
  const labels = new Map(classes.map((name, label) => [name, label]));
  const dataset = indexedDataset({ length: inClasses.length, classes, decode }, (index) => {
    const { path, blob, name } = inClasses[index] as (typeof inClasses)[number];
    return { path, blob, label: labels.get(name) as number };
  });
  return { ...dataset, notes: tellPassedOver(depth === 1 ? (root as string) : 'fromFiles', passedOver) };
}
