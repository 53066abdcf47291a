import { ConfigError, type Module, parameters } from '@resnetjs/core';

/**
 * Parameters that an optimizer treats in their own way; its own options hold where a group states none.
 * `parameterGroups` of `@resnetjs/core` makes such.
 */
export type ParameterGroup<O extends object = object> = Partial<O> & {
  /** Dotted names of parameters. */
  readonly names: readonly string[];
  /** The learning rate is multiplied by this; 1 by default. */
  readonly rateScale?: number;
};

/** What holds for one parameter. */
export interface ParameterOptions<O> {
  readonly options: O;
  readonly rateScale: number;
}

/**
 * The options of every parameter of a model, by name. A parameter that no group names has the optimizer's own.
 *
 * @throws ConfigError listing every name that the model does not have, or that two groups have.
 */
export function optionsByName<O extends object>(
  model: Module,
  defaults: O,
  groups: readonly ParameterGroup<O>[],
): Map<string, ParameterOptions<O>> {
  const known = parameters(model);
  const named = groups.flatMap(({ names }) => names);
  const unknown = named.filter((name) => !known.has(name));
  const twice = named.filter((name, i) => named.indexOf(name) !== i);
  const faults = [
    ...(unknown.length ? [`the model has no ${unknown.join(', ')}`] : []),
    ...(twice.length ? [`more than one group has ${[...new Set(twice)].join(', ')}`] : []),
  ];
  if (faults.length) throw new ConfigError(`Parameter groups: ${faults.join('; ')}. Name each parameter of the model at most once.`);
  const result = new Map<string, ParameterOptions<O>>();
  for (const name of known.keys()) result.set(name, { options: defaults, rateScale: 1 });
  for (const { names, rateScale = 1, ...options } of groups)
    for (const name of names) result.set(name, { options: { ...defaults, ...options } as O, rateScale });
  return result;
}
