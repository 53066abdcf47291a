import { downloadFiles } from '#downloads';
import { join, listFolder, readFile } from '#files';
import { DATASET_SOURCES } from '../downloads/dataset-source.ts';
import type { HomeOptions } from './cifar.ts';
import { type IndexedDataset, indexedDataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';
import { gunzip } from './gunzip.ts';
import { readIdx } from './idx.ts';
import type { Split } from './sprite-folder.ts';

/** Labels of Fashion-MNIST, in order. */
export const FASHION_MNIST_CLASSES = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;

// The training images are 47 MB unpacked.
const MAX_IDX_BYTES = 256 * 1024 * 1024;

/** Opens MNIST's IDX files (`train-images-idx3-ubyte` and so on, also gzipped) in `folder`. Grey is repeated to RGB. @throws DatasetError */
export async function mnist(folder: string, split: Split, { download = false }: HomeOptions = {}): Promise<IndexedDataset> {
  if (download) await downloadFiles(DATASET_SOURCES.mnist, folder, download === true ? {} : download);
  return idxFolder(folder, split, [...'0123456789']);
}

/** Opens Fashion-MNIST's IDX files, named as MNIST's, in `folder`. @throws DatasetError */
export async function fashionMnist(folder: string, split: Split, { download = false }: HomeOptions = {}): Promise<IndexedDataset> {
  if (download) await downloadFiles(DATASET_SOURCES.fashionMnist, folder, download === true ? {} : download);
  return idxFolder(folder, split, FASHION_MNIST_CLASSES);
}

async function idxFolder(folder: string, split: Split, classes: readonly string[]): Promise<IndexedDataset> {
  const stem = split === 'train' ? 'train' : 't10k';
  const present = (await listFolder(folder)).files;
  const open = async (name: string) => {
    const found = [name, name.replace('-idx', '.idx')].flatMap((form) => [form, `${form}.gz`]).find((form) => present.includes(form));
    if (!found)
      throw new DatasetError(`${folder}: missing ${name} (or ${name}.gz). Put the dataset's four files there, or pass { download: true }.`);
    const path = join(folder, found);
    const bytes = await readFile(path, MAX_IDX_BYTES);
    return { path, bytes: found.endsWith('.gz') ? await gunzip(bytes, { name: path, maxBytes: MAX_IDX_BYTES }) : bytes };
  };
  const [images, labels] = await Promise.all([open(`${stem}-images-idx3-ubyte`), open(`${stem}-labels-idx1-ubyte`)]);
  return idxImages(images, labels, classes);
}

/** Pairs an IDX file of images `[N,H,W]` with one of labels `[N]`, for bytes that came from elsewhere. @throws DatasetError */
export function idxImages(
  images: { path: string; bytes: Uint8Array },
  labels: { path: string; bytes: Uint8Array },
  classes: readonly string[],
): IndexedDataset {
  const pixels = readIdx(images.bytes, images.path);
  const own = readIdx(labels.bytes, labels.path);
  const [length, height, width] = pixels.shape as [number, number, number];
  if (pixels.shape.length !== 3 || height * width === 0) {
    throw new DatasetError(`${images.path}: expected images [N,H,W], but the shape is [${pixels.shape.join(',')}].`);
  }
  if (own.shape.length !== 1 || own.shape[0] !== length) {
    throw new DatasetError(`${labels.path}: expected ${length} labels, but the shape is [${own.shape.join(',')}].`);
  }
  const beyond = own.data.findIndex((label) => label >= classes.length);
  if (beyond >= 0)
    throw new DatasetError(`${labels.path}: label ${own.data[beyond]} of sample ${beyond} is beyond the ${classes.length} classes.`);
  const size = width * height;
  return indexedDataset({ length, classes }, (index) => {
    const data = new Uint8Array(size * 3);
    for (let i = 0; i < size; i++) data.fill(pixels.data[index * size + i] as number, i * 3, i * 3 + 3);
    return { image: { width, height, data }, label: own.data[index] as number };
  });
}
