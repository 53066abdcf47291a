import type { Dataset } from '../datasets/dataset.ts';
import { DatasetError } from '../datasets/dataset-error.ts';
import { permutation, type Random } from '../random.ts';

/** Chooses an epoch's samples and their order. */
export type Sampler = (dataset: Dataset, random: Random) => Int32Array;

/** Every sample once, in order. */
export const sequential: Sampler = ({ length }) => Int32Array.from({ length }, (_, i) => i);

/** Every sample once, in random order. */
export const shuffled: Sampler = ({ length }, random) => permutation(length, random);

/**
 * As many draws as there are samples, each class as likely as any other, however rare: samples of small classes come
 * several times an epoch. Needs a dataset with `label`.
 */
export const classBalanced: Sampler = (dataset, random) => {
  const { label } = dataset;
  if (!label) throw new DatasetError('classBalanced: this dataset does not tell labels without decoding. Use shuffled instead.');
  const groups = new Map<number, number[]>();
  for (let i = 0; i < dataset.length; i++) {
    const group = groups.get(label(i));
    if (group) group.push(i);
    else groups.set(label(i), [i]);
  }
  const classes = [...groups.values()];
  return Int32Array.from({ length: dataset.length }, () => {
    const group = classes[random.int(classes.length)] as number[];
    return group[random.int(group.length)] as number;
  });
};

/**
 * Each drawn sample comes `repeats` times in a row, augmented otherwise each time; an epoch keeps its length.
 *
 * @see Hoffer et al. 2019, https://arxiv.org/abs/1901.09335
 */
export const repeatedAugmentation =
  (repeats: number): Sampler =>
  ({ length }, random) => {
    const order = permutation(length, random);
    return Int32Array.from({ length }, (_, i) => order[Math.floor(i / repeats)] as number);
  };
