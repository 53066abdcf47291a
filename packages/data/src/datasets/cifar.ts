import { downloadFiles } from '#downloads';
import { join, listFolder, readFile } from '#files';
import { DATASET_SOURCES, type DownloadOptions } from '../downloads/dataset-source.ts';
import { cifarRecords } from './cifar-records.ts';
import type { IndexedDataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';
import type { Split } from './sprite-folder.ts';

/** Labels of CIFAR-10, in order. */
export const CIFAR10_CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'] as const;

/** How a dataset with a public home is opened. */
export interface HomeOptions {
  /** Get what is missing from the dataset's home first. Default false. */
  readonly download?: boolean | DownloadOptions;
}

/**
 * Opens CIFAR-10's binary version, unpacked into `folder` (or the `cifar-10-batches-bin` in it).
 *
 * @throws DatasetError for missing files, or if a download fails (then with the URLs, for getting it by hand).
 */
export async function cifar10(folder: string, split: Split, { download = false }: HomeOptions = {}): Promise<IndexedDataset> {
  if (download) await downloadFiles(DATASET_SOURCES.cifar10, folder, download === true ? {} : download);
  const names = split === 'train' ? [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`) : ['test_batch.bin'];
  const files = await readAll(folder, 'cifar-10-batches-bin', names);
  return cifarRecords(files, { labelBytes: 1, labelAt: 0, classes: CIFAR10_CLASSES });
}

/** How CIFAR-100 is opened. */
export interface Cifar100Options extends HomeOptions {
  /** The 100 `'fine'` classes (default) or their 20 `'coarse'` groups. */
  readonly labels?: 'fine' | 'coarse';
}

/**
 * Opens CIFAR-100's binary version, unpacked into `folder` (or the `cifar-100-binary` in it).
 *
 * @throws DatasetError for missing files, or if a download fails (then with the URLs, for getting it by hand).
 */
export async function cifar100(
  folder: string,
  split: Split,
  { labels = 'fine', download = false }: Cifar100Options = {},
): Promise<IndexedDataset> {
  if (download) await downloadFiles(DATASET_SOURCES.cifar100, folder, download === true ? {} : download);
  const [records, names] = await readAll(folder, 'cifar-100-binary', [`${split}.bin`, `${labels}_label_names.txt`]);
  const classes = new TextDecoder().decode(names?.bytes).split(/\r?\n/).filter(Boolean);
  return cifarRecords(records ? [records] : [], { labelBytes: 2, labelAt: labels === 'fine' ? 1 : 0, classes });
}

async function readAll(folder: string, unpacked: string, names: readonly string[]) {
  const { files, folders } = await listFolder(folder);
  const nested = !names.every((name) => files.includes(name)) && folders.includes(unpacked);
  const place = nested ? join(folder, unpacked) : folder;
  const present = nested ? (await listFolder(place)).files : files;
  const missing = names.filter((name) => !present.includes(name));
  if (missing.length > 0)
    throw new DatasetError(
      `${place}: missing ${missing.join(', ')}. Unpack the binary version of the dataset there, or pass { download: true }.`,
    );
  return Promise.all(names.map(async (name) => ({ name: join(place, name), bytes: await readFile(join(place, name)) })));
}
