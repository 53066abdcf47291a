import { ConfigError, type Module, parameters, type ResidualBlock, residualBlocks } from '@resnetjs/core';
import type { Callback } from '../fit/fit-options.ts';

export interface GrowDepthOptions {
  /** Epochs, from 0, before which blocks are added; after the last, the network is whole. */
  readonly at: readonly number[];
}

/**
 * Makes a network begin with one block a stage, and gives each stage an equal share of its others at given epochs. A block that is added
 * begins as the identity, for the last layer of its residual is zero. Until then it is skipped: neither computed nor trained. The state
 * dict is that of the whole network all the time.
 *
 * Call it before `fit`, also when a training is resumed: which blocks are there follows from the epoch alone.
 *
 * @returns a callback of `fit`.
 * @throws ConfigError if the epochs do not rise, or the network has no block that could be added later.
 */
export function growDepth(model: Module, { at }: GrowDepthOptions): Callback {
  if (at.length === 0 || at.some((epoch, i) => !Number.isInteger(epoch) || epoch < 1 || (i > 0 && epoch <= (at[i - 1] as number))))
    throw new ConfigError(`growDepth: 'at' must list rising epochs from 1, as [2, 4], but is ${JSON.stringify(at)}.`);
  const stages = laterBlocks(model);
  if (stages.length === 0) throw new ConfigError('growDepth: no stage of the model has a second block that keeps the size of the image.');
  for (const block of stages.flat()) startAsIdentity(block);
  const grow = (epoch: number) => {
    const share = at.filter((begin) => begin <= epoch).length / at.length;
    for (const blocks of stages) for (const [i, block] of blocks.entries()) block.skipped = i >= Math.round(share * blocks.length);
  };
  grow(0);
  return (event) => {
    if (event.type === 'start') grow(event.epoch);
    if (event.type === 'epoch') grow(event.summary.epoch + 1);
  };
}

/** The blocks of each stage, but for its first, that pass on what they get when they are skipped. */
function laterBlocks(model: Module): ResidualBlock[][] {
  const stages = new Map<string, ResidualBlock[]>();
  for (const [name, block] of residualBlocks(model)) {
    const stage = name.slice(0, Math.max(0, name.lastIndexOf('.')));
    stages.set(stage, [...(stages.get(stage) ?? []), block]);
  }
  return [...stages.values()]
    .map((blocks) => blocks.slice(1).filter(({ blockShortcut }) => blockShortcut.kind === 'identity'))
    .filter((blocks) => blocks.length > 0);
}

/** Zeroes the layer with which the residual ends: a norm's scale and shift, or a filter. */
function startAsIdentity(block: ResidualBlock): void {
  const residual = [...parameters(block)].filter(
    ([name, { role }]) =>
      role !== 'buffer' && !name.startsWith('se.') && !block.blockShortcut.parts.some((part) => name.startsWith(`${part}.`)),
  );
  const layerOf = (name: string) => name.slice(0, name.lastIndexOf('.'));
  const last = layerOf((residual.at(-1) as (typeof residual)[number])[0]);
  for (const [name, parameter] of residual)
    if (layerOf(name) === last) parameter.assign(new Float32Array(parameter.shape.reduce((size, d) => size * d, 1)));
}
