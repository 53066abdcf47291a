import type { Dataset, DatasetPart, PartRole } from '@resnetjs/data';
import { CommandError } from '../command-error.ts';
import { openParts } from './open-parts.ts';

/** Parts of a dataset as `--split` calls them, in the order in which they are looked for. */
export const SPLITS = ['test', 'val', 'train'] as const;
export type EvaluatedSplit = (typeof SPLITS)[number];

const ROLES: Readonly<Record<EvaluatedSplit, PartRole>> = { test: 'test', val: 'validation', train: 'train' };

/** Images to measure a network on. */
export interface EvaluationData {
  /** Which part of the folder it is, where it has some. */
  readonly part?: string;
  readonly dataset: Dataset;
  /** What was passed over or chosen, for the user to check. */
  readonly notes: readonly string[];
}

/**
 * Opens labelled images to measure a network on: of a folder in parts the one asked for, else what was never trained on: `test`, or
 * `val` where there is none.
 *
 * @throws CommandError if the part is not there, DatasetError for what cannot be read.
 */
export async function openForEvaluation(folder: string, split?: EvaluatedSplit): Promise<EvaluationData> {
  const { parts, notes } = await openParts(folder);
  const [only] = parts;
  if (only.role === 'all') {
    if (split !== undefined)
      throw new CommandError(`${folder}: there are no parts in it, so --split ${split} chooses nothing. Leave it out.`);
    return { dataset: only.dataset, notes };
  }
  const there = parts.map(({ name }) => name).join(', ');
  const part = SPLITS.filter((name) => (split === undefined ? name !== 'train' : name === split))
    .map((name) => parts.find(({ role }) => role === ROLES[name]))
    .find((found): found is DatasetPart => found !== undefined);
  if (!part)
    throw new CommandError(
      split === undefined
        ? `${folder}: there is ${there} alone, and what a network was trained on does not measure it. Say --split train to do so all the same.`
        : `${folder}: there is no part for --split ${split}. It has ${there}.`,
    );
  const chosen =
    split === undefined && parts.length > 1 ? [`${folder} has ${there}: measured on ${part.name}. --split chooses another.`] : [];
  return { part: part.name, dataset: part.dataset, notes: [...notes, ...chosen] };
}
