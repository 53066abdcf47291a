import { ConfigError, conv2d, initialize, linear, type Module, module, type Parameter, parameters } from '@resnetjs/core';
import { type Backbone, partAt } from './backbone.ts';

/**
 * Gives a network a new last layer for other classes; everything before keeps its values. The old layer is freed.
 *
 * @param options `seed`: of the new layer's first values, the same that `createModel(name, { classes, seed })` draws
 * @returns the model itself, changed; its config says the new number of classes.
 * @throws ConfigError if `classes` is not a whole number from 1.
 */
export function replaceHead<M extends Backbone>(model: M, { classes, seed = 0 }: { classes: number; seed?: number }): M {
  if (!Number.isInteger(classes) || classes < 1)
    throw new ConfigError(`replaceHead: 'classes' must be a whole number from 1 but is ${JSON.stringify(classes)}.`);
  const keys = model.headName.split('.');
  const last = keys.at(-1) as string;
  const owner = keys.length > 1 ? (partAt(model, keys.slice(0, -1).join('.')) as object) : model;
  const old = Reflect.get(owner, last) as Module & { readonly weight: Parameter };
  const [, inFeatures = 1, ...window] = old.weight.shape;
  const head: Module = window.length ? conv2d(inFeatures, classes, { kernel: 1, bias: true }) : linear(inFeatures, classes);
  if (old.weight.hasValues) initialize(named(keys, head), { seed });
  for (const parameter of parameters(old).values()) parameter.dispose();
  Reflect.set(owner, last, head);
  return Object.assign(model, { config: { ...model.config, classes } });
}

/** The layer at its place in a network that holds nothing else, so that it draws what it would draw there. */
const named = (keys: readonly string[], layer: Module): Module =>
  keys.reduceRight<Module>((part, key) => module('part', { [key]: part }, (_, x) => x), layer);
