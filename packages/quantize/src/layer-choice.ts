import { type FoldedPass, matchesName, type NamePattern } from '@resnetjs/core';
import { QuantizeError } from './quantize-error.ts';

/** `'first'` and `'last'` of a network's convolutions and linear layers, or layers by their names (`layer1.*`, `fc`). */
export type LayerChoice = 'first' | 'last' | NamePattern;

/** The names of convolutions, linear layers and norms that a pass computes. */
export const layersOf = ({ steps }: FoldedPass): string[] => steps.filter((step) => step.kind !== 'operation').map(({ name }) => name);

/**
 * The names of the layers that are meant.
 *
 * @throws QuantizeError naming every choice that means none.
 */
export function chosenLayers(pass: FoldedPass, choices: readonly LayerChoice[]): Set<string> {
  const convolutions = pass.steps.filter((step) => step.kind === 'conv').map(({ name }) => name);
  const names = layersOf(pass);
  const meant = (choice: LayerChoice): (string | undefined)[] => {
    if (choice === 'first') return [convolutions[0]];
    if (choice === 'last') return [convolutions.at(-1)];
    return names.filter((name) => matchesName(name, choice));
  };
  const idle = choices.filter((choice) => meant(choice).length === 0);
  if (idle.length > 0)
    throw new QuantizeError(
      `No layer is called ${idle.map((choice) => `'${choice}'`).join(', ')}. There are 'first', 'last', and ${names.join(', ')}.`,
    );
  return new Set(choices.flatMap(meant).filter((name) => name !== undefined));
}
