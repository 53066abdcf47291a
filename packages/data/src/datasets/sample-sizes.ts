import { readFile, readStart } from '#files';
import { decodeImage } from '../decode-image.ts';
import { readImageHeader } from '../image-header.ts';
import type { Size } from '../resize.ts';
import type { Dataset, SampleSource } from './dataset.ts';

/** Of most files the size is within so much; camera data and colour profiles come first in some JPEGs. */
const START_BYTES = 64 * 1024;

/**
 * The sizes of some images, spread evenly over a dataset. Files are read as far as their size, and decoded only where their first
 * bytes do not tell it. Those that cannot be read are left out.
 */
export async function sampleSizes(dataset: Dataset, count = 100): Promise<Size[]> {
  const n = Math.min(count, dataset.length);
  const sizes: Size[] = [];
  for (let k = 0; k < n; k++) {
    const index = Math.floor(((k + 0.5) * dataset.length) / n);
    const size = await sizeAt(dataset, index).catch(() => undefined);
    if (size) sizes.push(size);
  }
  return sizes;
}

async function sizeAt(dataset: Dataset, index: number): Promise<Size> {
  const source = dataset.source?.(index);
  if (!source || 'image' in source) {
    const { width, height } = source?.image ?? (await dataset.get(index)).image;
    return { width, height };
  }
  const size = sizeIn(await startOf(source)) ?? sizeIn(await wholeOf(source));
  if (size) return size;
  const { width, height } = await decodeImage(source.blob ?? (await wholeOf(source)), { ...dataset.decode, name: source.path });
  return { width, height };
}

type FileSource = Extract<SampleSource, { readonly blob?: Blob }>;

const startOf = async ({ path, blob }: FileSource): Promise<Uint8Array> =>
  blob ? new Uint8Array(await blob.slice(0, START_BYTES).arrayBuffer()) : readStart(path, START_BYTES);

const wholeOf = async ({ path, blob }: FileSource): Promise<Uint8Array> =>
  blob ? new Uint8Array(await blob.arrayBuffer()) : readFile(path);

function sizeIn(bytes: Uint8Array): Size | undefined {
  const { width, height } = readImageHeader(bytes) ?? {};
  return width && height ? { width, height } : undefined;
}
