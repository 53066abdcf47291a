import { type BrokenSample, type DatasetPart, type DatasetStatistics, datasetStatistics, type PerChannel } from '@resnetjs/data';

/** Least, middle and greatest of a side, in pixels. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** What is in a folder of images. */
export interface DatasetLook {
  /** Images that can be read. */
  readonly images: number;
  readonly parts: readonly { readonly name: string; readonly images: number; readonly broken: readonly BrokenSample[] }[];
  /** Images that can be read, in all and in each of `parts`. */
  readonly classes: readonly { readonly name: string; readonly images: number; readonly inParts: readonly number[] }[];
  /** Absent where no image can be read. */
  readonly width?: Spread;
  readonly height?: Spread;
  /** Each size that occurs, `'640x427'`, the most frequent first. */
  readonly sizes: readonly { readonly size: string; readonly images: number }[];
  /** Of the first part: what a network that is trained on it would normalize by. */
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

/**
 * Reads every image once.
 *
 * @param onProgress told how many of all were read
 */
export async function lookThrough(parts: readonly DatasetPart[], onProgress: (seen: number) => void): Promise<DatasetLook> {
  const found: DatasetStatistics[] = [];
  let before = 0;
  for (const { dataset } of parts) {
    found.push(await datasetStatistics(dataset, { onProgress: (seen) => onProgress(before + seen) }));
    before += dataset.length;
  }
  const names = [...new Set(parts.flatMap(({ dataset }) => dataset.classes ?? []))];
  const classes = names.map((name) => {
    const inParts = parts.map(({ dataset }, p) => found[p]?.counts[dataset.classes?.indexOf(name) ?? -1] ?? 0);
    return { name, images: sum(inParts), inParts };
  });
  const sizes = new Map<string, number>();
  for (const part of found) for (const [size, images] of part.sizes) sizes.set(size, (sizes.get(size) ?? 0) + images);
  const { mean, std } = found[0] as DatasetStatistics;
  return {
    images: sum([...sizes.values()]),
    parts: found.map(({ counts, broken }, p) => ({ name: parts[p]?.name as string, images: sum(counts), broken })),
    classes,
    ...(sizes.size > 0 && { width: spread(sizes, 0), height: spread(sizes, 1) }),
    sizes: [...sizes].map(([size, images]) => ({ size, images })).sort((a, b) => b.images - a.images),
    mean,
    std,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

/** Of all widths (`side` 0) or heights (1). The median of an even number is the lower of the two in the middle: a size that occurs. */
function spread(sizes: ReadonlyMap<string, number>, side: 0 | 1): Spread {
  const pixels = [...sizes].flatMap(([size, images]) => Array<number>(images).fill(Number(size.split('x')[side]))).sort((a, b) => a - b);
  return { min: pixels[0] as number, median: pixels[(pixels.length - 1) >> 1] as number, max: pixels.at(-1) as number };
}
