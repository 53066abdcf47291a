import { isRemovable, type Module, removeBlocks, summarize } from '@resnetjs/core';
import { ExplainError } from '../explain-error.ts';
import { type Block, blocksOf } from '../skips/blocks-of.ts';
import { firstShape, type LabelledImages } from '../skips/labelled-images.ts';
import { scoreLesions } from '../skips/lesions.ts';
import type { Score } from '../skips/score.ts';
import { timeBeside } from './time-beside.ts';

/** How far `slim` has come. */
export interface SlimProgress {
  /** Counts from 1; each takes one block out, but the last. */
  readonly round: number;
  /** Blocks that are tried in this round. */
  readonly candidates: number;
  /** Of the images, seen in this round; of a batch that is under way, in part. */
  readonly imagesDone: number;
}

export interface SlimOptions {
  /** Percentage points of accuracy on the images that may be lost: 0.5 of 93 % leaves 92.5 %. */
  readonly maxLoss: number;
  /** At most so many blocks; by default as many as may go. */
  readonly maxBlocks?: number | undefined;
  /** Passes over one image by which the networks are timed, in turn. 0 leaves times out. Default: as many as take a second or two, at least 15. */
  readonly timings?: number | undefined;
  readonly onProgress?: ((progress: SlimProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A block, and the network's score without it. */
export interface BlockCost extends Score {
  readonly block: string;
}

/** What a network scores and costs. */
export interface NetworkCost {
  readonly score: Score;
  readonly params: number;
  /** Multiply-accumulates for one image. */
  readonly macs: number;
  /** Median time of one image, folded for inference, on the current backend; absent where it was left out. */
  readonly ms?: number;
}

export interface Slimmed<M extends Module> {
  /** The model that was given, without the blocks. */
  readonly model: M;
  /** In the order in which they went, each with the network's score without it and those before. */
  readonly removed: readonly BlockCost[];
  /** Every block that could go, with the score of the whole network without it alone: what costs least first. */
  readonly ranking: readonly BlockCost[];
  readonly before: NetworkCost;
  readonly after: NetworkCost;
}

/**
 * Takes out of a network the blocks that it can do without, as `removeBlocks` does: first the one whose absence raises the cross-entropy
 * least, then all that are left are ranked anew, as long as accuracy stays within `maxLoss`. A block that was beyond it once is not tried
 * again. Only blocks whose shortcut is the identity can go: a projection is kept, and its block with it. These images choose what goes, so
 * that they flatter what is left: measure it on others.
 *
 * @param images labelled, on which the network was not trained
 * @returns the model itself, changed, and what it was before. If it fails or is stopped, the model stays as it was.
 * @throws ExplainError for a predictor, a network of which no block can go, images without labels, or a `maxLoss` below 0.
 */
export async function slim<M extends Module>(
  model: M,
  images: LabelledImages,
  { maxLoss, maxBlocks, timings, onProgress, signal }: SlimOptions,
): Promise<Slimmed<M>> {
  if (!(Number.isFinite(maxLoss) && maxLoss >= 0))
    throw new ExplainError(`slim: 'maxLoss' is how many percentage points of accuracy may be lost, from 0, but is ${maxLoss}.`);
  if (maxBlocks !== undefined && !(Number.isInteger(maxBlocks) && maxBlocks >= 1))
    throw new ExplainError(`slim: 'maxBlocks' must be a whole number from 1 but is ${maxBlocks}.`);
  const shape = [1, ...(await firstShape('slim', images)).slice(1)];
  const { blocks } = blocksOf('slim', model, shape);
  const gone: { readonly block: Block; readonly cost: BlockCost }[] = [];
  const skipGone = (skipped: boolean): void => {
    for (const { block } of gone) block.block.skipped = skipped;
  };
  let candidates = blocks.filter(({ block }) => isRemovable(block));
  if (candidates.length === 0) throw new ExplainError(`slim: no block of ${model.kind} can go. ${whyNone(blocks)}`);
  let [whole, ranking]: [Score | undefined, readonly BlockCost[] | undefined] = [undefined, undefined];
  try {
    for (let round = 1; candidates.length > 0 && gone.length !== maxBlocks; round++) {
      const tried = candidates;
      const { whole: now, lesions } = await scoreLesions(
        model,
        images,
        tried.map(({ name }) => ({ dropped: [name] })),
        { signal, onProgress: (imagesDone) => onProgress?.({ round, candidates: tried.length, imagesDone }) },
      );
      whole ??= now;
      const least = whole.accuracy - maxLoss / 100 - ROUNDING;
      const ranked = tried
        .map((block, i) => ({ block, cost: { block: block.name, ...(lesions[i] as Score) } }))
        .toSorted((a, b) => a.cost.loss - b.cost.loss);
      ranking ??= ranked.map(({ cost }) => cost);
      const [best, ...others] = ranked.filter(({ cost }) => cost.accuracy >= least);
      if (!best) break;
      gone.push(best);
      skipGone(true);
      candidates = others.map(({ block }) => block);
    }
    const times =
      timings !== 0 && gone.length > 0
        ? await timeBeside(model, { shape, repeats: timings, ways: [() => skipGone(false), () => skipGone(true)] })
        : undefined;
    skipGone(false);
    const before = summarize(model, shape);
    removeBlocks(
      model,
      gone.map(({ block }) => block.name),
    );
    const after = summarize(model, shape);
    const { accuracy, loss, images: seen } = gone.at(-1)?.cost ?? (whole as Score);
    return {
      model,
      removed: gone.map(({ cost }) => cost),
      ranking: ranking ?? [],
      before: { score: whole as Score, params: before.params, macs: before.macs, ...(times && { ms: times[0] }) },
      after: { score: { images: seen, accuracy, loss }, params: after.params, macs: after.macs, ...(times && { ms: times[1] }) },
    };
  } finally {
    skipGone(false);
  }
}

/** Shares of whole images, such as 0.93 − 0.005, are not exact. */
const ROUNDING = 1e-9;

function whyNone(blocks: readonly Block[]): string {
  const why = blocks.some(({ shortcut }) => shortcut === 'none')
    ? 'It is a plain network: without shortcuts every layer is needed.'
    : 'Each of its shortcuts projects or changes the size of the image.';
  return `${why} Take a network with identity shortcuts.`;
}
