import type { Module } from '@resnetjs/core';
import { blocksOf } from './blocks-of.ts';
import { type GradientNorm, measureGradientNorms } from './gradient-norms.ts';
import { firstShape, type LabelledImages } from './labelled-images.ts';
import { dropAtRandom, dropEach, orderKept, swapAtRandom } from './lesion-plans.ts';
import { scoreLesions } from './lesions.ts';
import { measurePathLengths, type PathLengths, pathsDrawn } from './path-lengths.ts';
import { measureResponses, type Responses } from './responses.ts';
import type { Score } from './score.ts';
import { measureSimilarity, type Similarity } from './similarity.ts';

/** How far `dissect` has come. */
export interface DissectionProgress {
  readonly study: 'responses' | 'gradients' | 'similarity' | 'paths' | 'lesions';
  /** 0 to 1 */
  readonly done: number;
}

export interface DissectionOptions {
  /** How many images there are, by which progress is told. */
  readonly total: number;
  /** Draws for each number of blocks dropped, or pairs swapped. Default 3. */
  readonly repeats?: number;
  /** Paths drawn for each length. Default 32. */
  readonly samples?: number;
  readonly seed?: number;
  readonly onProgress?: ((progress: DissectionProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the skips of a network do. Plain JSON. */
export interface Dissection {
  /** In the order in which they run. */
  readonly blocks: readonly { readonly name: string; readonly shortcut: 'identity' | 'padded' | 'projection' | 'none' }[];
  readonly responses: Responses;
  readonly gradients: readonly GradientNorm[];
  readonly similarity: Similarity;
  /** Absent for a plain network, which has one path. */
  readonly paths?: PathLengths;
  readonly whole: Score;
  /** Without one block. Blocks of a plain network that change the size of the image cannot be dropped. */
  readonly dropped: readonly ({ readonly block: string } & Score)[];
  /** Without several, drawn at random. */
  readonly droppedAtRandom: readonly ({ readonly blocks: readonly string[] } & Score)[];
  /** With pairs of blocks swapped. */
  readonly swapped: readonly ({
    readonly pairs: readonly (readonly [string, string])[];
    /** Kendall's rank correlation of the blocks' old and new places. */
    readonly orderKept: number;
  } & Score)[];
}

/**
 * Everything about what a network's skips do, on labelled images: how much each block adds, gradients by layer, how alike layers are, path
 * lengths, and what lesions cost.
 *
 * @throws ExplainError for a predictor, a network without blocks, or images without labels.
 */
export async function dissect(
  model: Module,
  images: LabelledImages,
  { total, repeats = 3, samples = 32, seed = 0, onProgress, signal }: DissectionOptions,
): Promise<Dissection> {
  const shape = await firstShape('dissect', images);
  const { blocks } = blocksOf('dissect', model, shape);
  const step = (study: DissectionProgress['study'], all = total) => ({
    signal,
    onProgress: (done: number) => onProgress?.({ study, done: Math.min(1, done / all) }),
  });
  const responses = await measureResponses(model, images, step('responses'));
  const gradients = await measureGradientNorms(model, images, step('gradients'));
  const similarity = await measureSimilarity(model, images, step('similarity'));
  const joined = blocks.filter(({ join }) => join).length;
  const paths =
    joined > 0 ? await measurePathLengths(model, images, { samples, seed, ...step('paths', pathsDrawn(joined, samples)) }) : undefined;
  const single = dropEach(model, shape);
  const random = dropAtRandom(model, shape, { counts: spreadOut(single.length), repeats, seed });
  const swaps = swapAtRandom(model, shape, { counts: [1, 2, 4, 8].filter((count) => count <= blocks.length), repeats, seed });
  const { whole, lesions } = await scoreLesions(model, images, [...single, ...random, ...swaps], step('lesions'));
  const score = (index: number) => lesions[index] as Score;
  const names = blocks.map(({ name }) => name);
  return {
    blocks: blocks.map(({ name, shortcut }) => ({ name, shortcut })),
    responses,
    gradients,
    similarity,
    ...(paths && { paths }),
    whole,
    dropped: single.map(({ dropped: [block] }, i) => ({ block, ...score(i) })),
    droppedAtRandom: random.map(({ dropped }, i) => ({ blocks: dropped, ...score(single.length + i) })),
    swapped: swaps.map(({ swapped }, i) => ({
      pairs: swapped,
      orderKept: orderKept(names, swapped),
      ...score(single.length + random.length + i),
    })),
  };
}

/** Some whole numbers from 2 up to all, further and further apart. */
function spreadOut(most: number): number[] {
  const counts: number[] = [];
  for (let count = 2; count <= most; count = Math.max(count + 1, Math.round(count * 1.5))) counts.push(count);
  return counts;
}
