import type { Dataset, SampleSource } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';
import { some } from './in-words.ts';
import { matchNames } from './match-names.ts';
import { subset } from './subset.ts';

/** A dataset with the classes of another, and what that took. */
export interface Relabelled {
  readonly dataset: Dataset;
  /** Its classes that are not among the others', with how many samples of each were left out. */
  readonly leftOut: readonly { readonly name: string; readonly samples: number }[];
  /** Pairs of names that are not written alike. */
  readonly loosely: readonly { readonly name: string; readonly found: string }[];
}

/**
 * Gives a dataset the labels of another, by the names of their classes: a folder of validation images that lacks a class, or has
 * one more, counts its labels otherwise. Samples of classes that are not among `classes` are left out.
 *
 * @throws DatasetError if the dataset names no classes or does not tell labels, or a name may be one of several.
 */
export function withClasses(dataset: Dataset, classes: readonly string[]): Relabelled {
  const { classes: own, label } = dataset;
  if (!own || !label) throw new DatasetError('withClasses: expected a dataset with the names of its classes and the label of each sample.');
  const { indices, doubtful, loosely, unknown } = matchNames(own, classes);
  if (doubtful.length > 0) {
    const named = doubtful.map(({ name, candidates }) => `${name} (${some(candidates.map((i) => classes[i] as string))})`);
    throw new DatasetError(`withClasses: it is not plain which class each of these is: ${some(named)}. Write their names alike.`);
  }
  if (own.length === classes.length && indices.every((index, i) => index === i))
    return { dataset: loosely.length > 0 ? { ...dataset, classes } : dataset, leftOut: [], loosely };
  const kept: number[] = [];
  const lost = new Map<number, number>();
  for (let i = 0; i < dataset.length; i++) {
    const was = label.call(dataset, i);
    if (indices[was] === -1) lost.set(was, (lost.get(was) ?? 0) + 1);
    else kept.push(i);
  }
  const rest = subset(dataset, kept);
  const relabelled = <T extends { readonly label: number }>(sample: T): T => ({ ...sample, label: indices[sample.label] as number });
  return {
    dataset: {
      ...rest,
      classes,
      get: async (index) => relabelled(await rest.get(index)),
      label: (index) => indices[rest.label?.(index) as number] as number,
      ...(rest.source && { source: (index: number) => relabelled(rest.source?.(index) as SampleSource) }),
    },
    leftOut: unknown.map((name) => ({ name, samples: lost.get(own.indexOf(name)) ?? 0 })),
    loosely,
  };
}
