import { join, listFolder } from '#files';
import type { DecodeOptions } from '../decode-image.ts';
import { byCodePoint } from '../files/by-code-point.ts';
import { type IndexedDataset, indexedDataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';

/** Endings that torchvision's `ImageFolder` takes, and those that sharp has besides. Compared in lower case. */
export const IMAGE_ENDINGS = ['.jpg', '.jpeg', '.png', '.ppm', '.bmp', '.pgm', '.tif', '.tiff', '.webp', '.gif', '.avif'];

/** Whether a file name ends like an image's. */
export function isImageName(name: string): boolean {
  const lower = name.toLowerCase();
  return IMAGE_ENDINGS.some((ending) => lower.endsWith(ending));
}

/**
 * Opens a folder with one sub-folder per class: `root/cat/1.jpg`, `root/dog/nested/2.png`.
 *
 * Classes and files are in torchvision's `ImageFolder` order. Hidden files and folders are skipped, and so are
 * symbolic links that lead out of the root. Files are listed now and read when they are asked for.
 *
 * @throws DatasetError if there is no class folder, or classes without images (all are listed).
 */
export async function imageFolder(root: string, decode: DecodeOptions = {}): Promise<IndexedDataset> {
  const { folders: classes, files } = await listFolder(root, root);
  if (classes.length === 0) {
    const loose = files.filter(isImageName).length;
    throw new DatasetError(
      `${root}: expected one sub-folder per class, but found none${loose ? ` (and ${loose} loose images)` : ''}. Put each class's images into a folder of its name.`,
    );
  }
  const paths: string[] = [];
  const labels: number[] = [];
  const empty: string[] = [];
  for (const [label, name] of classes.entries()) {
    const found = await imagesBelow(join(root, name), root);
    if (found.length === 0) empty.push(name);
    for (const path of found) {
      paths.push(path);
      labels.push(label);
    }
  }
  if (empty.length > 0) {
    throw new DatasetError(
      `${root}: no images in ${empty.join(', ')}. Expected files ending in ${IMAGE_ENDINGS.join(' ')}; fill or remove these folders.`,
    );
  }
  return indexedDataset({ length: paths.length, classes, decode }, (index) => ({
    path: paths[index] as string,
    label: labels[index] as number,
  }));
}

/** Image files of a folder and all below: folders in the order of their whole path, as `sorted(os.walk(…))` has them. */
async function imagesBelow(top: string, root: string): Promise<string[]> {
  const visited: { folder: string; files: string[] }[] = [];
  const pending = [top];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const listing = await listFolder(folder, root);
    visited.push({ folder, files: listing.files.filter(isImageName) });
    for (const name of listing.folders) pending.push(join(folder, name));
  }
  visited.sort((a, b) => byCodePoint(a.folder, b.folder));
  return visited.flatMap(({ folder, files }) => files.map((name) => join(folder, name)));
}
