import { CommandError } from '../command-error.ts';
import type { Labels } from '../labels/labels-for.ts';

const MAX_NAMED = 10;

/**
 * Finds, for each class of a dataset, the network's output of the same name (or ImageNet identifier), whatever the case.
 * Where the network's classes have no names, the order is taken, if the numbers agree.
 *
 * @returns the output's index by the class's index.
 * @throws CommandError naming the classes that the network does not have.
 */
export function matchClasses(
  folder: string,
  classes: readonly string[],
  network: { labels: Labels | undefined; classes: number },
): number[] {
  if (!network.labels) {
    if (classes.length === network.classes) return classes.map((_, i) => i);
    throw new CommandError(
      `${folder}: ${classes.length} classes, but the network has ${network.classes} outputs without names. Name them with --labels.`,
    );
  }
  const { names, identifiers = [] } = network.labels;
  const outputs = new Map([...names, ...identifiers].map((name, i) => [name.toLowerCase(), i % names.length]));
  const unknown = classes.filter((name) => !outputs.has(name.toLowerCase()));
  if (unknown.length > 0)
    throw new CommandError(
      `${folder}: ${unknown.length} of ${classes.length} classes are not the network's (${some(unknown)}). It knows ${some(names)}. ` +
        'Give the folder whose sub-folders are the classes, or name the outputs with --labels.',
    );
  return classes.map((name) => outputs.get(name.toLowerCase()) as number);
}

const some = (names: readonly string[]): string =>
  `${names.slice(0, MAX_NAMED).join(', ')}${names.length > MAX_NAMED ? `, and ${names.length - MAX_NAMED} more` : ''}`;
