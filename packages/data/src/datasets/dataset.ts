import { readFile, readFileNow } from '#files';
import { type DecodeOptions, decodeImage } from '../decode-image.ts';
import type { RgbImage } from '../rgb-image.ts';
import { DatasetError } from './dataset-error.ts';

/** One labelled picture. */
export interface Sample {
  readonly image: RgbImage;
  /** Index into the dataset's `classes`. */
  readonly label: number;
  /** Where the picture came from, for messages. */
  readonly path?: string;
}

/** Where a sample's picture is, before it is decoded: small enough to send to the worker that will. */
export type SampleSource = { readonly label: number } & (
  | { readonly path: string; readonly blob?: Blob } // a file by name, or a browser's file
  | { readonly image: RgbImage; readonly path?: string }
);

/** Labelled pictures by index. Anything with `length` and `get` is one. */
export interface Dataset {
  readonly length: number;
  /** Names of the labels. */
  readonly classes?: readonly string[];
  /** @throws DatasetError for an index outside, ImageError for a file that cannot be decoded. */
  get(index: number): Promise<Sample>;
  /** The label alone, without decoding: for splits and samplers. */
  label?(index: number): number;
  /** What `get` would decode, so that a worker can: datasets without it are decoded by the caller of `get`. */
  source?(index: number): SampleSource;
  /** How `source` is to be decoded. */
  readonly decode?: DecodeOptions;
}

/** A dataset whose samples are found without decoding. */
export interface IndexedDataset extends Dataset {
  label(index: number): number;
  source(index: number): SampleSource;
}

/** Makes a dataset out of a function that says where each sample is. */
export function indexedDataset(
  sources: { readonly length: number; readonly classes?: readonly string[]; readonly decode?: DecodeOptions },
  source: (index: number) => SampleSource,
): IndexedDataset {
  const at = (index: number) => {
    assertIndex(index, sources.length);
    return source(index);
  };
  return {
    length: sources.length,
    ...(sources.classes && { classes: sources.classes }),
    ...(sources.decode && { decode: sources.decode }),
    label: (index) => at(index).label,
    source: at,
    get: async (index) => loadSample(at(index), sources.decode),
  };
}

/** Reads and decodes what a `SampleSource` points at. */
export async function loadSample(source: SampleSource, decode: DecodeOptions = {}): Promise<Sample> {
  if ('image' in source) return source;
  const { label, path } = source;
  const file = source.blob ?? (decode.blocking ? readFileNow(path, decode.maxFileBytes) : await readFile(path, decode.maxFileBytes));
  return { image: await decodeImage(file, { ...decode, name: path }), label, path };
}

/** @throws DatasetError unless `index` is one of `length`. */
export function assertIndex(index: number, length: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= length) {
    throw new DatasetError(`the dataset has ${length} samples, numbered from 0, but sample ${index} was asked for.`);
  }
}
