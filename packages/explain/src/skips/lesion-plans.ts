import { type Module, uniform } from '@resnetjs/core';
import { ExplainError } from '../explain-error.ts';
import { type Block, blocksOf } from './blocks-of.ts';
import { canDrop, canSwap, type Lesion } from './lesions.ts';

export interface RandomLesionOptions {
  /** How many blocks are dropped, or pairs swapped, at once. */
  readonly counts: readonly number[];
  /** Draws for each count. */
  readonly repeats?: number;
  readonly seed?: number;
}

/**
 * One lesion for each block that can be dropped.
 *
 * @param inputShape `[N,H,W,C]`
 */
export const dropEach = (model: Module, inputShape: readonly number[]): (Lesion & { readonly dropped: readonly [string] })[] =>
  droppable(model, inputShape).map(({ name }) => ({ dropped: [name] }));

/** So many blocks at once, drawn at random: for each count, `repeats` draws. Counts of more blocks than there are are left out. */
export function dropAtRandom(
  model: Module,
  inputShape: readonly number[],
  { counts, repeats = 5, seed = 0 }: RandomLesionOptions,
): (Lesion & { readonly dropped: readonly string[] })[] {
  checkCounts('dropAtRandom', counts, repeats);
  const names = droppable(model, inputShape).map(({ name }) => name);
  const random = uniform(seed);
  return counts
    .filter((count) => count <= names.length)
    .flatMap((count) => Array.from({ length: repeats }, () => ({ dropped: drawn(names, count, random) })));
}

/** So many pairs of blocks of one shape change places, drawn at random: for each count, `repeats` draws. None where no two are alike. */
export function swapAtRandom(
  model: Module,
  inputShape: readonly number[],
  { counts, repeats = 5, seed = 0 }: RandomLesionOptions,
): (Lesion & { readonly swapped: readonly (readonly [string, string])[] })[] {
  checkCounts('swapAtRandom', counts, repeats);
  const { blocks } = blocksOf('swapAtRandom', model, inputShape);
  const pairs = blocks.flatMap((a, i) => blocks.slice(i + 1).flatMap((b) => (canSwap(a, b) ? [[a.name, b.name] as const] : [])));
  if (pairs.length === 0) return [];
  const random = uniform(seed);
  const pick = () => pairs[Math.floor(random() * pairs.length)] as readonly [string, string];
  return counts.flatMap((count) => Array.from({ length: repeats }, () => ({ swapped: Array.from({ length: count }, pick) })));
}

/**
 * How much of a network's order swaps leave: Kendall's rank correlation of the blocks' old and new places, 1 where none moved.
 *
 * @param names of the blocks in their order
 */
export function orderKept(names: readonly string[], swapped: readonly (readonly [string, string])[]): number {
  const order = [...names];
  for (const [a, b] of swapped) {
    const [i, j] = [names.indexOf(a), names.indexOf(b)]; // places, as `scoreLesions` takes them
    [order[i], order[j]] = [order[j] as string, order[i] as string];
  }
  const places = order.map((name) => names.indexOf(name));
  let [kept, pairs] = [0, 0];
  for (let i = 0; i < places.length; i++)
    for (let j = i + 1; j < places.length; j++, pairs++) kept += Math.sign((places[j] as number) - (places[i] as number));
  return pairs === 0 ? 1 : kept / pairs;
}

const droppable = (model: Module, inputShape: readonly number[]): Block[] => blocksOf('lesions', model, inputShape).blocks.filter(canDrop);

function drawn(names: readonly string[], count: number, random: () => number): string[] {
  const left = [...names];
  const taken = new Set(Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)[0] as string));
  return names.filter((name) => taken.has(name));
}

function checkCounts(what: string, counts: readonly number[], repeats: number): void {
  const strange = [...counts, repeats].find((count) => !Number.isInteger(count) || count < 1);
  if (strange !== undefined) throw new ExplainError(`${what}: counts and repeats are whole numbers from 1, but one is ${strange}.`);
}
