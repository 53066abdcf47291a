import { ConfigError } from '../errors.ts';
import { passOn } from '../layers/dropout.ts';
import { type Module, module } from '../module.ts';
import { namedModules, parameters } from '../named-modules.ts';
import { type ResidualBlock, residualBlocks } from './residual-block.ts';

/** Whether a network is the same network without the block: what comes in passes on as it is, and needs none of the block's parts. */
export const isRemovable = ({ blockShortcut: { kind, parts } }: ResidualBlock): boolean => kind === 'identity' && parts.length === 0;

/**
 * Takes blocks out of a network for good and frees their parameters; all others keep their names. What a network of the zoo was built from,
 * its `config`, says so in `removedBlocks`, with which `createModel` builds the same. To leave blocks out for a while, see `skipBlocks`.
 *
 * @param names of blocks whose shortcut is the identity.
 * @returns the model itself, changed.
 * @throws ConfigError listing what cannot be removed, and why; nothing is removed then.
 */
export function removeBlocks<M extends Module>(model: M, names: readonly string[]): M {
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string'))
    throw new ConfigError(`removeBlocks: 'removedBlocks' must list names of blocks, as ["layer1.1"], but is ${JSON.stringify(names)}.`);
  if (names.length === 0) return model;
  const blocks = residualBlocks(model);
  const faults = names.flatMap((name, i) => {
    const block = blocks.get(name);
    if (names.indexOf(name) !== i) return [`${name} is named twice`];
    if (!block) return [`there is no block '${name}'`];
    return isRemovable(block) ? [] : [`${name} is more than its shortcut (${reason(block)})`];
  });
  if (faults.length) {
    const removable = [...blocks].filter(([, block]) => isRemovable(block)).map(([name]) => name);
    throw new ConfigError(`removeBlocks: ${faults.join('; ')}. What can be removed is ${removable.join(', ') || 'nothing'}.`);
  }
  const modules = new Map(namedModules(model));
  for (const name of names) {
    const dot = name.lastIndexOf('.');
    const block = modules.get(name) as Module;
    for (const parameter of parameters(block).values()) parameter.dispose();
    Reflect.set(modules.get(name.slice(0, Math.max(dot, 0))) as Module, name.slice(dot + 1), removedBlock());
  }
  const { config } = model as { readonly config?: { readonly removedBlocks?: readonly string[] } };
  if (config) Object.assign(model, { config: { ...config, removedBlocks: removedBlocks(model) } });
  return model;
}

/** Names of the blocks that were taken out of a model, first blocks first. */
export const removedBlocks = (model: Module): string[] =>
  [...namedModules(model)].flatMap(([name, { kind }]) => (kind === REMOVED ? [name] : []));

const REMOVED = 'removed block';

/** It keeps its number among the others. */
const removedBlock = (): Module => module(REMOVED, {}, (_, x) => passOn(REMOVED, x));

function reason({ blockShortcut: { kind } }: ResidualBlock): string {
  if (kind === 'none') return 'without a shortcut, it has nothing else that carries';
  if (kind === 'padded') return 'it changes the size of the image';
  return kind === 'projection' ? 'a projection' : 'its norm stands before the shortcut too';
}
