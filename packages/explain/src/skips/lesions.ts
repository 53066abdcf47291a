import type { Module } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { breathe } from '../breathe.ts';
import { ExplainError } from '../explain-error.ts';
import { run } from '../pass/written-pass.ts';
import { type Block, type BlocksInPass, blocksOf, namedBlock } from './blocks-of.ts';
import { classesOf, firstShape, type LabelledImages, type Shown, showEach } from './labelled-images.ts';
import { type Score, scoreTally } from './score.ts';

/** What is done to a trained network, by names of blocks. */
export interface Lesion {
  /** Blocks whose residual branch is left out: what came passes on, as far as there is a shortcut through the block's projection. */
  readonly dropped?: readonly string[];
  /** Blocks that change places, pair after pair, before any is dropped. */
  readonly swapped?: readonly (readonly [string, string])[];
}

export interface LesionScores {
  /** The network as it is. */
  readonly whole: Score;
  /** In the order of the lesions. */
  readonly lesions: readonly Score[];
}

export interface StudyOptions {
  /** Told how many images are done; of a batch that is under way, in part. */
  readonly onProgress?: ((imagesDone: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measures what lesions cost a network that was trained without them. All of them see each batch in turn, and what runs before a lesion's
 * first block is computed once for all.
 *
 * @returns the model is as before, whatever happens.
 * @throws ExplainError for a network without blocks, an unknown block, blocks of two shapes that would change places, a plain block that
 *   changes the size of the image, or images without labels.
 * @see Veit et al. 2016, section 4, https://arxiv.org/abs/1605.06431
 */
export async function scoreLesions(
  model: Module,
  images: LabelledImages,
  lesions: readonly Lesion[],
  { onProgress, signal }: StudyOptions = {},
): Promise<LesionScores> {
  const inPass = blocksOf('scoreLesions', model, await firstShape('scoreLesions', images));
  const { pass, blocks } = inPass;
  const plans = lesions.map((lesion, index) => ({ index, changes: changesOf(blocks, lesion) }));
  const tallies = lesions.map(scoreTally);
  const whole = scoreTally();
  let done = 0;
  const classes = classesOf('scoreLesions', model, pass.output.shape);
  await showEach('scoreLesions', images, {
    classes,
    signal,
    async show({ x, labels }) {
      const score = async (logits: tf.Tensor, tally: { add(logits: Float32Array, labels: ArrayLike<number>): void }) => {
        try {
          tally.add((await logits.data()) as Float32Array, labels);
        } finally {
          logits.dispose();
        }
      };
      let finished = 0;
      for (const { index, logits } of damaged(inPass, { x, labels }, plans)) {
        await score(logits, index === undefined ? whole : (tallies[index] as ReturnType<typeof scoreTally>));
        await breathe();
        signal?.throwIfAborted();
        onProgress?.(done + (labels.length * ++finished) / (lesions.length + 1));
      }
      done += labels.length;
    },
  });
  return { whole: whole.total(), lesions: tallies.map((tally) => tally.total()) };
}

/** What runs in the place of each block that a lesion touches; nothing where it is dropped. */
type Changes = ReadonlyMap<Block, Block | undefined>;

function changesOf(blocks: readonly Block[], { dropped = [], swapped = [] }: Lesion): Changes {
  const named = (name: string) => namedBlock('scoreLesions', blocks, name);
  const places = new Map<Block, Block | undefined>();
  const at = (place: Block) => (places.has(place) ? places.get(place) : place);
  for (const [a, b] of swapped) {
    const [first, second] = [named(a), named(b)];
    if (!canSwap(first, second))
      throw new ExplainError(
        `scoreLesions: ${a} and ${b} cannot change places: they take ${shapes(first)} and ${shapes(second)}, which must be of one shape, in and out.`,
      );
    const held = at(first);
    places.set(first, at(second));
    places.set(second, held);
  }
  for (const name of dropped) {
    const block = named(name);
    if (!canDrop(block))
      throw new ExplainError(
        `scoreLesions: ${name} cannot be dropped: without a shortcut nothing else makes ${shape(block.output)} of ${shape(block.input)}.`,
      );
    places.set(block, undefined);
  }
  return new Map([...places].filter(([place, runs]) => place !== runs));
}

/** Blocks without which the network still runs. */
export const canDrop = ({ shortcut, resizes }: Block): boolean => shortcut !== 'none' || !resizes;

const shape = ({ shape: [, ...rest] }: { readonly shape: readonly number[] }): string => `[N,${rest.join(',')}]`;
const shapes = ({ input, output }: Block): string => `${shape(input)} to ${shape(output)}`;

/** Whether two blocks take and give the same, so that each can stand where the other stood. */
export const canSwap = (a: Block, b: Block): boolean => !a.resizes && !b.resizes && shapes(a) === shapes(b);

/** The logits of the network as it is (no index) and with each of the changes; each is the caller's. */
function* damaged(
  { pass, blocks }: BlocksInPass,
  { x }: Shown,
  plans: readonly { readonly index: number; readonly changes: Changes }[],
): Generator<{ readonly index?: number; readonly logits: tf.Tensor }> {
  /** What is known of the network as it is: its input, and what enters the block that is reached. */
  let reached: { readonly block: Block; readonly value: tf.Tensor } | undefined;
  const known = () => new Map([[pass.input, x], ...(reached ? [[reached.block.input, reached.value] as const] : [])]);
  const go = (wanted: Block['input']) => tf.tidy(() => run(known(), [wanted])[0] as tf.Tensor);
  try {
    for (const block of blocks) {
      const begun = plans.filter(({ changes }) => blocks.find((first) => changes.has(first)) === block);
      if (begun.length === 0) continue;
      const value = go(block.input);
      reached?.value.dispose();
      reached = { block, value };
      for (const { index, changes } of begun) yield { index, logits: tf.tidy(() => withChanges(known(), changes)) };
    }
    for (const { index } of plans.filter(({ changes }) => changes.size === 0)) yield { index, logits: go(pass.output) };
    yield { logits: go(pass.output) };
  } finally {
    reached?.value.dispose();
  }

  function withChanges(given: Map<Block['input'], tf.Tensor>, changes: Changes): tf.Tensor {
    for (const place of blocks) {
      if (!changes.has(place)) continue;
      const [input] = run(given, [place.input]) as [tf.Tensor];
      const runs = changes.get(place);
      given.set(place.output, runs ? runs.block.forward(input, 'eval') : without(place, input));
    }
    return run(given, [pass.output])[0] as tf.Tensor;
  }
}

/** What a block makes of its input where its residual branch is left out. */
function without({ block }: Block, x: tf.Tensor): tf.Tensor {
  block.skipped = true;
  try {
    return block.forward(x, 'eval');
  } finally {
    block.skipped = false;
  }
}
