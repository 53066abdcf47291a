import { type Batch, subset } from '@resnetjs/data';
import type { LabelledImages } from '@resnetjs/explain';
import { CommandError } from '../command-error.ts';
import { labelledBatches } from '../dataset/labelled-batches.ts';
import { matchClasses } from '../dataset/match-classes.ts';
import { type EvaluatedSplit, type EvaluationData, openForEvaluation } from '../dataset/open-for-evaluation.ts';
import { BROKEN_POLICY, type LeftOut, leaveOut } from '../left-out.ts';
import type { Network } from '../network/load-network.ts';
import { writeNotes } from '../print/notes.ts';
import type { Terminal } from '../terminal.ts';

/** Labelled images that networks are looked at with, again and again. */
export interface LookedAt extends EvaluationData {
  readonly folder: string;
  readonly leftOut: LeftOut;
}

/**
 * Opens labelled images, as `evaluate` does.
 *
 * @param most so many of them at most, spread evenly over the folder
 */
export async function openLookedAt(
  folder: string,
  { split, images: most = Number.POSITIVE_INFINITY }: { readonly split?: EvaluatedSplit | undefined; readonly images?: number | undefined },
): Promise<LookedAt> {
  const opened = await openForEvaluation(folder, split);
  const { length } = opened.dataset;
  const dataset =
    most < length
      ? subset(
          opened.dataset,
          Array.from({ length: most }, (_, i) => Math.floor((i * length) / most)),
        )
      : opened.dataset;
  return { ...opened, dataset, folder, leftOut: leaveOut({ ...BROKEN_POLICY, of: folder, total: dataset.length }) };
}

/** Images of more bytes are prepared anew for each pass. */
const KEPT_BYTES = 256 * 2 ** 20;

/**
 * The images as a network takes them.
 *
 * @throws CommandError if their classes are not the network's, or it is none that can be looked into here.
 */
export async function shownTo(
  network: Network,
  { folder, dataset, leftOut }: LookedAt,
  { batchSize, terminal }: { readonly batchSize: number; readonly terminal: Terminal },
): Promise<LabelledImages> {
  if (network.classes === 1)
    throw new CommandError(`${network.name} has one output, which is yes or no: there are no classes to be right about.`);
  if (network.architecture.options.channels === 1)
    throw new CommandError(`${network.name} takes grey images, which can only be classified here. Give a network of colour images.`);
  const { outputs, notes } = matchClasses(folder, dataset.classes ?? [], network);
  writeNotes(terminal, notes);
  const { preprocessing } = network;
  const { onBroken } = leftOut;
  const begin = () => labelledBatches(dataset, { preprocessing, outputs, batchSize, ...(onBroken && { onBroken }) });
  if (dataset.length * preprocessing.crop ** 2 * 3 * Float32Array.BYTES_PER_ELEMENT > KEPT_BYTES) return begin;
  const batches: Batch[] = [];
  for await (const batch of begin()) batches.push(batch);
  return batches;
}
