import { matchNames } from '@resnetjs/data';
import { CommandError } from '../command-error.ts';
import type { Labels } from '../labels/labels-for.ts';

const MAX_NAMED = 10;

/** Which output of a network is right for each class of a dataset. */
export interface MatchedClasses {
  /** The output's index by the class's index. */
  readonly outputs: readonly number[];
  /** What was assumed, for the user to check. */
  readonly notes: readonly string[];
}

/**
 * Finds, for each class of a dataset, the network's output of the same name or ImageNet identifier; one that is written otherwise
 * (case, spaces, Unicode's form) only where there is no doubt. Where the network's classes have no names, the order is taken, if the
 * numbers agree.
 *
 * @throws CommandError naming the classes that the network does not have, or has more than once.
 */
export function matchClasses(
  folder: string,
  classes: readonly string[],
  network: { labels: Labels | undefined; classes: number },
): MatchedClasses {
  if (!network.labels) {
    if (classes.length === network.classes)
      return {
        outputs: classes.map((_, i) => i),
        notes: [`The network's outputs have no names: taken in the order of the folders (${some(classes)}). --labels names them.`],
      };
    throw new CommandError(
      `${folder}: ${classes.length} classes, but the network has ${network.classes} outputs without names. Name them with --labels.`,
    );
  }
  const { names, identifiers = [] } = network.labels;
  const { indices, loosely, doubtful, unknown } = matchNames(classes, [...names, ...identifiers]);
  const output = (index: number) => index % names.length;
  if (unknown.length > 0)
    throw new CommandError(
      `${folder}: ${unknown.length} of ${classes.length} classes are not the network's (${some(unknown)}). It knows ${some(names)}. ` +
        'Give the folder whose sub-folders are the classes, or name the outputs with --labels.',
    );
  const twice = classes.flatMap((name, i) => {
    const same = indices.findIndex((index) => index >= 0 && output(index) === output(indices[i] as number));
    return indices[i] !== -1 && same < i ? [`${name} and ${classes[same]} (output ${output(indices[i] as number)})`] : [];
  });
  const unclear = [
    ...doubtful.map(
      ({ name, candidates }) => `${name} (output ${candidates.map((i) => named(output(i), network.labels as Labels)).join(' or ')})`,
    ),
    ...twice,
  ];
  if (unclear.length > 0)
    throw new CommandError(
      `${folder}: it is not plain which output is meant by ${some(unclear)}. Call the folders as the network calls its classes` +
        `${identifiers.length > 0 ? ', or by their identifiers' : ''}.`,
    );
  return {
    outputs: indices.map(output),
    notes:
      loosely.length > 0
        ? [
            `Classes that the network writes otherwise were taken for its own: ${some(loosely.map(({ name, found }) => `${name} = ${found}`))}.`,
          ]
        : [],
  };
}

const named = (output: number, { names, identifiers }: Labels): string => `${output}, ${identifiers?.[output] ?? names[output]}`;

const some = (names: readonly string[]): string =>
  `${names.slice(0, MAX_NAMED).join(', ')}${names.length > MAX_NAMED ? `, and ${names.length - MAX_NAMED} more` : ''}`;
