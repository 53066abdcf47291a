import type { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError } from '../errors.ts';
import { dropsBranch, type StochasticDepth } from '../layers/dropout.ts';
import type { Mode } from '../mode.ts';
import type { Module } from '../module.ts';
import { matches, type NamePattern } from '../name-pattern.ts';
import { namedModules, parameters } from '../named-modules.ts';

/** What a block adds its residual F(x) to. */
export interface BlockShortcut {
  /** The input as it comes; subsampled and padded with zero channels; a projection with weights; nothing, in a plain network. */
  readonly kind: 'identity' | 'padded' | 'projection' | 'none';
  /** Whether the block's output has another shape than its input. */
  readonly resizes: boolean;
  /** Names of the block's parts that the shortcut runs. */
  readonly parts: readonly string[];
}

/** A block that can do without its residual branch. */
export interface ResidualBlock extends Module {
  /**
   * Whether F(x) is left out, in training and in inference: it is neither computed nor trained, and the block passes on its shortcut. A
   * block whose shortcut is the identity passes on its input, as if the block were not there.
   */
  skipped: boolean;
  /** Not `shortcut`: so some families call their projection. */
  readonly blockShortcut: BlockShortcut;
  readonly drop_path?: StochasticDepth;
}

/** Tells what the shortcut of a block is. */
export const withShortcut = <M extends Module & Pick<ResidualBlock, 'skipped' | 'drop_path'>>(
  block: M,
  shortcut: BlockShortcut,
): M & ResidualBlock => Object.assign(block, { blockShortcut: shortcut });

/** The ways to run a block. */
export interface Ways {
  /** F(x), joined with the shortcut. */
  readonly whole: () => Tensor;
  /** The same with F(x) = 0; absent in a plain network, of which nothing would be left. */
  readonly dropped?: () => Tensor;
  /** The shortcut alone. */
  readonly skipped: () => Tensor;
}

/** Runs a block as its data and the step's draw ask for. */
export function runBlock(block: Pick<ResidualBlock, 'skipped' | 'drop_path'>, mode: Mode, ways: Ways): Tensor {
  if (block.skipped) return ways.skipped();
  return ways.dropped && block.drop_path && dropsBranch(block.drop_path, mode) ? ways.dropped() : ways.whole();
}

/** Every block of a model that can be skipped, by dotted name, first blocks first. */
export const residualBlocks = (model: Module): Map<string, ResidualBlock> =>
  new Map([...namedModules(model)].filter((entry): entry is [string, ResidualBlock] => isResidualBlock(entry[1])));

const isResidualBlock = (part: Module): part is ResidualBlock => typeof (part as Partial<ResidualBlock>).skipped === 'boolean';

/**
 * Leaves blocks out, or takes them in again: see {@link ResidualBlock}. The state dict stays whole.
 *
 * @param names of blocks, or of parts for all blocks in them, with `*` for any characters: `'layer1.2'`, `['layer3.*']`
 * @throws ConfigError listing names that are of no block, and blocks of a plain network that change the size of the image.
 */
export function skipBlocks(model: Module, names: NamePattern | readonly NamePattern[], skipped = true): void {
  const patterns = typeof names === 'string' ? [names] : names;
  const all = residualBlocks(model);
  const strange = patterns.filter((pattern) => ![...all.keys()].some((name) => matches(name, pattern)));
  if (strange.length)
    throw new ConfigError(
      `skipBlocks: the model has no block ${strange.join(', ')}. Its blocks are ${[...all.keys()].join(', ') || 'none'}.`,
    );
  const chosen = [...all].filter(([name]) => patterns.some((pattern) => matches(name, pattern)));
  const needed = chosen.filter(([, { blockShortcut }]) => blockShortcut.kind === 'none' && blockShortcut.resizes).map(([name]) => name);
  if (skipped && needed.length)
    throw new ConfigError(
      `skipBlocks: ${needed.join(', ')} cannot be left out: without a shortcut nothing else in the network changes the size of the image.`,
    );
  for (const [, block] of chosen) block.skipped = skipped;
}

/** Names of the trainable and other parameters that a training step in `mode` does not reach: those of residuals that it leaves out. */
export function idleParameters(model: Module, mode: Mode): Set<string> {
  const idle = new Set<string>();
  for (const [name, block] of residualBlocks(model)) {
    const dropped = block.drop_path && block.blockShortcut.kind !== 'none' && dropsBranch(block.drop_path, mode);
    if (!block.skipped && !dropped) continue;
    for (const part of parameters(block).keys())
      if (!block.blockShortcut.parts.some((kept) => part.startsWith(`${kept}.`))) idle.add(name ? `${name}.${part}` : part);
  }
  return idle;
}
