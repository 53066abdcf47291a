import type { Block, Costs } from './architecture.ts';

/** A block, or several alike that follow one another and are drawn as one. */
export interface BlockGroup extends Costs {
  readonly first: Block;
  readonly last: Block;
  readonly count: number;
}

/** So many alike in a row are still drawn one by one. */
const SHOWN = 3;

/** Folds blocks that repeat. Dense layers are alike although each sees more channels than the one before. */
export function foldBlocks(blocks: readonly Block[]): BlockGroup[] {
  const groups: BlockGroup[] = [];
  for (let from = 0; from < blocks.length; ) {
    const look = lookOf(blocks[from] as Block);
    let to = from + 1;
    while (to < blocks.length && lookOf(blocks[to] as Block) === look) to++;
    const run = blocks.slice(from, to);
    groups.push(...(run.length > SHOWN ? [groupOf(run)] : run.map((block) => groupOf([block]))));
    from = to;
  }
  return groups;
}

const lookOf = ({ kind, shortcut, outputShape, parts, params, macs }: Block): string =>
  JSON.stringify([kind, shortcut, outputShape, parts.map((part) => part.kind), shortcut === 'concatenation' ? [] : [params, macs]]);

const groupOf = (run: readonly Block[]): BlockGroup => ({
  first: run[0] as Block,
  last: run.at(-1) as Block,
  count: run.length,
  params: total(run, 'params'),
  macs: total(run, 'macs'),
  activationBytes: total(run, 'activationBytes'),
});

const total = (run: readonly Block[], cost: keyof Costs): number => run.reduce((sum, block) => sum + block[cost], 0);
