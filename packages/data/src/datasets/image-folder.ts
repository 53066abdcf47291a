import { isWithin, join, listFolder, realPath } from '#files';
import type { DecodeOptions } from '../decode-image.ts';
import { byCodePoint } from '../files/by-code-point.ts';
import type { Listing, PassedOver } from '../files/file-access.ts';
import { type IndexedDataset, indexedDataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';
import { some } from './in-words.ts';
import { tellPassedOver } from './passed-over.ts';

/** Endings that torchvision's `ImageFolder` takes, and those that sharp has besides. Compared in lower case. */
export const IMAGE_ENDINGS = ['.jpg', '.jpeg', '.png', '.ppm', '.pgm', '.pbm', '.pnm', '.bmp', '.tif', '.tiff', '.webp', '.gif', '.avif'];

/** Whether a file name ends like an image's. */
export function isImageName(name: string): boolean {
  const lower = name.toLowerCase();
  return IMAGE_ENDINGS.some((ending) => lower.endsWith(ending));
}

/** A dataset that was found as it came. */
export interface FoundDataset extends IndexedDataset {
  /** What was passed over, followed out of the folder or assumed, in sentences for its user to check. */
  readonly notes: readonly string[];
}

/**
 * Opens a folder with one sub-folder per class: `root/cat/1.jpg`, `root/dog/nested/2.png`.
 *
 * Classes and files are in torchvision's `ImageFolder` order, and symbolic links are followed as it does, but never in circles.
 * What systems leave behind (`.DS_Store`, `._1.jpg`, `__MACOSX`) is passed over; `notes` says so, and where links lead out of the
 * root. Files are listed now and read when they are asked for.
 *
 * @throws DatasetError if there is no class folder, classes without images (all are listed), or a class that is a link which
 *   cannot be followed.
 */
export async function imageFolder(root: string, decode: DecodeOptions = {}): Promise<FoundDataset> {
  const listing = await listFolder(root);
  const { folders: classes, files } = listing;
  assertLinksLead(root, listing);
  const loose = files.filter(isImageName);
  if (classes.length === 0) {
    throw new DatasetError(
      `${root}: expected one sub-folder per class, but found none${loose.length ? ` (and ${loose.length} loose images)` : ''}. Put each class's images into a folder of its name.`,
    );
  }
  const walk: Walk = { root: await realPath(root), passedOver: [...listing.passedOver], linkedOut: [] };
  noteLinksOut(walk, root, listing);
  for (const name of files)
    walk.passedOver.push({
      path: join(root, name),
      why: isImageName(name) ? 'beside the folders of the classes' : 'no image, by its ending',
    });
  const paths: string[] = [];
  const labels: number[] = [];
  const empty: string[] = [];
  for (const [label, name] of classes.entries()) {
    const found = await imagesBelow(join(root, name), walk);
    if (found.length === 0) empty.push(listing.links.has(name) ? `${name} (a link to ${listing.links.get(name)})` : name);
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
  const dataset = indexedDataset({ length: paths.length, classes, decode }, (index) => ({
    path: paths[index] as string,
    label: labels[index] as number,
  }));
  return {
    ...dataset,
    notes: [...tellPassedOver(root, walk.passedOver), ...tellLinks(root, walk.linkedOut), ...tellNumbers(root, classes)],
  };
}

/** @throws DatasetError for a link beside the classes that cannot be followed: it may have been one. */
function assertLinksLead(root: string, { passedOver }: Listing): void {
  const lost = passedOver.filter(({ target }) => target !== undefined);
  if (lost.length === 0) return;
  const named = lost.map(({ path, why, target }) => `${path.slice(root.length).replace(/^[/\\]/, '')} is ${why}, ${target}`);
  throw new DatasetError(`${root}: ${named.join('; ')}. Let it lead to a folder of images, or remove it.`);
}

/** What is noted while a folder is walked through. */
interface Walk {
  /** Without links. */
  readonly root: string;
  readonly passedOver: PassedOver[];
  /** Links that lead out of the root: `dog -> /archive/dog`. */
  readonly linkedOut: string[];
}

function noteLinksOut({ root, linkedOut }: Walk, folder: string, { links }: Listing): void {
  for (const [name, target] of links) if (!isWithin(target, root)) linkedOut.push(`${join(folder, name)} -> ${target}`);
}

/**
 * Image files of a folder and all below: folders in the order of their whole path, as `sorted(os.walk(…, followlinks=True))` has
 * them, but each folder once, however many links lead to it.
 */
async function imagesBelow(top: string, walk: Walk): Promise<string[]> {
  const visited: { folder: string; files: string[] }[] = [];
  const seen = new Set<string>();
  const pending = [top];
  // Taken when all else was read, so that of two ways to a folder the one without a link counts.
  const linked: { folder: string; target: string }[] = [];
  for (;;) {
    let folder = pending.pop();
    if (folder === undefined) {
      const link = linked.shift();
      if (!link) break;
      if (seen.has(link.target)) {
        walk.passedOver.push({ path: link.folder, target: link.target, why: 'a link to a folder that is read anyway' });
        continue;
      }
      folder = link.folder;
    }
    seen.add(await realPath(folder));
    const listing = await listFolder(folder);
    walk.passedOver.push(...listing.passedOver);
    noteLinksOut(walk, folder, listing);
    const files: string[] = [];
    for (const name of listing.files) {
      if (isImageName(name)) files.push(name);
      else walk.passedOver.push({ path: join(folder, name), why: 'no image, by its ending' });
    }
    visited.push({ folder, files });
    for (const name of listing.folders) {
      const target = listing.links.get(name);
      if (target === undefined) pending.push(join(folder, name));
      else linked.push({ folder: join(folder, name), target });
    }
  }
  visited.sort((a, b) => byCodePoint(a.folder, b.folder));
  return visited.flatMap(({ folder, files }) => files.map((name) => join(folder, name)));
}

const tellLinks = (root: string, linkedOut: readonly string[]): string[] =>
  linkedOut.length > 0 ? [`${root}: links lead out of the folder, and what they lead to is read: ${some(linkedOut)}.`] : [];

/** Whoever calls classes 1 to 12 may expect the order of numbers. */
function tellNumbers(root: string, classes: readonly string[]): string[] {
  if (!classes.every((name) => /^\d+$/.test(name)) || classes.every((name, i) => i === 0 || Number(classes[i - 1]) < Number(name)))
    return [];
  return [`${root}: the classes are numbers, and come in the order of their text, as torchvision has them: ${some(classes, 4)}.`];
}
