import type { Module } from './module.ts';
import { checkPatterns, matches, type NamePattern } from './name-pattern.ts';
import { parameters } from './named-modules.ts';

/**
 * Keeps parameters from being trained: they get no gradient and optimizers pass over them. The running statistics of a
 * frozen batch norm still move in training; `freezeBatchNorms` of `@resnetjs/train` holds those too.
 *
 * @param names of parameters or parts, with `*` for any characters: `'layer1'`, `['conv1', 'bn1', 'layer*']`; all by default
 * @throws ConfigError listing the names that mean nothing in this model.
 */
export const freeze = (model: Module, names: NamePattern | readonly NamePattern[] = '*'): void => setTrainable(model, names, false);

/** Undoes {@link freeze}: what it names is trained again, buffers excepted. Takes and throws the same. */
export const unfreeze = (model: Module, names: NamePattern | readonly NamePattern[] = '*'): void => setTrainable(model, names, true);

function setTrainable(model: Module, names: NamePattern | readonly NamePattern[], trainable: boolean): void {
  const patterns = typeof names === 'string' ? [names] : names;
  checkPatterns(trainable ? 'unfreeze' : 'freeze', model, patterns);
  for (const [name, parameter] of parameters(model))
    if (parameter.role !== 'buffer' && patterns.some((pattern) => matches(name, pattern))) parameter.trainable = trainable;
}
