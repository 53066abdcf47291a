import { createRandom, permutation } from '../random.ts';
import { assertIndex, type Dataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';

/** The samples of `dataset` at `indices`, in that order; an index may come twice. @throws DatasetError for one outside. */
export function subset(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  const own = Int32Array.from(indices);
  for (const index of own) assertIndex(index, dataset.length);
  const at = (index: number) => {
    assertIndex(index, own.length);
    return own[index] as number;
  };
  const { classes, decode } = dataset;
  return {
    length: own.length,
    ...(classes && { classes }),
    ...(decode && { decode }),
    get: async (index) => dataset.get(at(index)),
    ...(dataset.label && { label: (index: number) => dataset.label?.(at(index)) as number }),
    ...(dataset.source && { source: (index: number) => dataset.source?.(at(index)) as never }),
  };
}

/** How `split` divides. */
export interface SplitOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Keep each class's share in both parts. Needs a dataset with `label`. Default true where it has. */
  readonly stratified?: boolean;
}

/**
 * Divides a dataset at random into a part of `ratio` of the samples and the rest; the same seed divides the same way.
 *
 * @throws DatasetError if `ratio` is not within 0..1, or labels are unknown and `stratified` is asked for.
 */
export function split(
  dataset: Dataset,
  ratio: number,
  { seed = 0, stratified = dataset.label !== undefined }: SplitOptions = {},
): [Dataset, Dataset] {
  if (!(ratio >= 0 && ratio <= 1)) throw new DatasetError(`split: the ratio must be within 0 and 1, but received ${ratio}.`);
  if (stratified && !dataset.label)
    throw new DatasetError('split: this dataset does not tell labels without decoding. Pass { stratified: false }.');
  const order = permutation(dataset.length, createRandom(seed));
  const groups = new Map<number, number[]>();
  for (const index of order) {
    const label = stratified ? (dataset.label?.(index) as number) : 0;
    const group = groups.get(label);
    if (group) group.push(index);
    else groups.set(label, [index]);
  }
  const first: number[] = [];
  const second: number[] = [];
  let owed = 0; // rounding of each class is carried to the next, so that the total is right too
  for (const [, group] of [...groups].sort(([a], [b]) => a - b)) {
    owed += group.length * ratio;
    const count = Math.min(group.length, Math.round(owed));
    owed -= count;
    first.push(...group.slice(0, count));
    second.push(...group.slice(count));
  }
  return [
    subset(
      dataset,
      first.sort((a, b) => a - b),
    ),
    subset(
      dataset,
      second.sort((a, b) => a - b),
    ),
  ];
}
