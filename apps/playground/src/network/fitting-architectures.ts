import { parameters, type StateDict } from '@resnetjs/core';
import { createModel, listModels, type ModelOptions } from '@resnetjs/zoo';

/** A network of the zoo that weights could be of. */
export interface FittingArchitecture {
  readonly name: string;
  readonly options: ModelOptions;
}

/**
 * The networks of the zoo whose parameters have the names and shapes of these weights, but for the number of classes.
 *
 * @param stateDict in PyTorch's layout.
 */
export function fittingArchitectures(stateDict: StateDict): FittingArchitecture[] {
  const classes = classesOf(stateDict.values());
  return listModels().flatMap((name) => {
    const own = parameters(createModel(name));
    if (own.size !== stateDict.size || ![...own.keys()].every((key) => stateDict.has(key))) return [];
    const options: ModelOptions = classes === classesOf(own.values()) ? {} : { classes };
    const wanted = parameters(createModel(name, options));
    return [...wanted].every(([key, { shape }]) => same(shape, stateDict.get(key)?.shape)) ? [{ name, options }] : [];
  });
}

/** Rows of the last matrix: the classifier's. */
export const classesOf = (tensors: Iterable<{ readonly shape: readonly number[] }>): number | undefined =>
  Array.from(tensors, ({ shape }) => shape).findLast((shape) => shape.length === 2)?.[0];

const same = (a: readonly number[], b: readonly number[] | undefined): boolean =>
  a.length === b?.length && a.every((side, i) => side === b[i]);
