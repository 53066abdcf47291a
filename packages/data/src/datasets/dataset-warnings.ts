import { duplicates } from './duplicates.ts';
import type { DatasetPart } from './image-parts.ts';
import { counted, some } from './in-words.ts';
import { alikeNames, type MatchedNames, matchNames } from './match-names.ts';

/** What is likely wrong with a dataset. */
export interface DatasetWarning {
  readonly kind: 'one class' | 'names alike' | 'few images' | 'class in some parts' | 'duplicates';
  /** A sentence or two: what there is, what it does, what to do. */
  readonly message: string;
}

/** Fewer images of a class than this teach little, and measure less. */
const HANDFUL = 5;

/**
 * Looks for what spoils a training or its measure without any error: a single class, names that differ only in case or in Unicode's
 * form, classes with fewer than a handful of images to learn from, classes that some parts do not have, files that are in several parts.
 * Nothing is decoded; of files only those are read that another one has the size of.
 *
 * @param parts as they are trained on and validated on: a part that was held out is one, too
 */
export async function datasetWarnings(parts: readonly DatasetPart[]): Promise<DatasetWarning[]> {
  const own = (learnedFrom(parts) ?? parts[0])?.dataset.classes ?? [];
  const looked = parts.map((part) => look(part, own));
  return [...oneClass(looked), ...namesAlike(looked), ...fewImages(looked), ...inSomeParts(looked), ...(await inSeveralParts(parts))];
}

/** A part, its classes under the names that the part learned from has for them. */
interface Looked extends DatasetPart {
  readonly counts: ReadonlyMap<string, number>;
  readonly loosely: MatchedNames['loosely'];
}

function look(part: DatasetPart, own: readonly string[]): Looked {
  const { dataset } = part;
  const { classes = [] } = dataset;
  const { indices, loosely } = matchNames(classes, own);
  const names = classes.map((name, i) => own[indices[i] as number] ?? name);
  const counts = new Map(names.map((name) => [name, 0]));
  for (let i = 0; i < dataset.length; i++) {
    const name = names[dataset.label?.(i) ?? -1];
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return { ...part, counts, loosely };
}

/** What is learned from: a part for that, or the only one. */
const learnedFrom = <T extends DatasetPart>(parts: readonly T[]): T | undefined =>
  parts.find(({ role }) => role === 'train' || role === 'all');

const within = ({ role, name }: DatasetPart): string => (role === 'all' ? '' : ` in ${name}`);

function oneClass(parts: readonly Looked[]): DatasetWarning[] {
  const learned = learnedFrom(parts);
  if (learned?.counts.size !== 1) return [];
  const [only] = learned.counts.keys();
  return [
    {
      kind: 'one class',
      message: `There is one class only${within(learned)}, ${only}: nothing to tell it from, so that any network is right about all. Add a folder of something else, or give the folder whose sub-folders are the classes.`,
    },
  ];
}

function namesAlike(parts: readonly Looked[]): DatasetWarning[] {
  const different = new Set(
    parts.flatMap(({ dataset }) => alikeNames(dataset.classes ?? []).map((group) => group.map(legible(group)).join(' and '))),
  );
  const same = parts.flatMap(({ name: part, loosely }) =>
    loosely.map(({ name, found }) => `${[name, found].map(legible([name, found])).join(' = ')} (${part})`),
  );
  if (different.size === 0 && same.length === 0) return [];
  const message = [
    ...(different.size > 0
      ? [
          `Classes that differ only in case or in the form of Unicode are taken for different ones: ${some([...different])}. If they are one, put their images into one folder.`,
        ]
      : []),
    ...(same.length > 0 ? [`Classes that parts write otherwise are taken for the same: ${some(same)}. Write them alike.`] : []),
  ].join(' ');
  return [{ kind: 'names alike', message }];
}

/** Names as they are, or with their code points, where they look the same. */
const legible = (names: readonly string[]): ((name: string) => string) =>
  new Set(names.map((name) => name.normalize('NFC'))).size < names.length ? codePoints : (name) => name;

/** `café (c a f U+00E9)`: what looks the same is told apart by its code points. */
const codePoints = (name: string): string => {
  const points = [...name].map((c) =>
    /[ -~]/.test(c) ? c : `U+${(c.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}`,
  );
  return `${name} (${points.join(' ')})`;
};

function fewImages(parts: readonly Looked[]): DatasetWarning[] {
  const learned = learnedFrom(parts);
  const few = [...(learned?.counts ?? [])].filter(([, count]) => count > 0 && count < HANDFUL);
  if (!learned || few.length === 0) return [];
  return [
    {
      kind: 'few images',
      message: `${counted(few.length, 'class has', 'classes have')} fewer than ${HANDFUL} images${within(learned)}: ${some(few.map(([name, count]) => `${name} (${count})`))}. What is learned of so few is chance; add more, or leave the class out.`,
    },
  ];
}

function inSomeParts(parts: readonly Looked[]): DatasetWarning[] {
  if (parts.length < 2) return [];
  const names = [...new Set(parts.flatMap(({ counts }) => [...counts.keys()]))];
  const lacking = parts.flatMap(({ name: part, role, counts }) => {
    const without = names.filter((name) => !counts.get(name));
    if (without.length === 0) return [];
    const what = role === 'train' ? 'nothing is learned of' : 'nothing is measured of';
    return [`${part} has no images of ${some(without)}, so ${what} ${without.length === 1 ? 'it' : 'them'}`];
  });
  return lacking.length > 0
    ? [
        {
          kind: 'class in some parts',
          message: `Not every class is in every part: ${lacking.join('; ')}. Give each part images of each class.`,
        },
      ]
    : [];
}

async function inSeveralParts(parts: readonly DatasetPart[]): Promise<DatasetWarning[]> {
  const found = await duplicates(parts);
  if (found.length === 0) return [];
  const named = some(
    found.map((places) =>
      places
        .map(({ path }) => path)
        .slice(0, 2)
        .join(' = '),
    ),
    3,
  );
  const where = parts.length > 1 ? `in more than one of ${parts.map(({ name }) => name).join(', ')}` : 'there more than once';
  return [
    {
      kind: 'duplicates',
      message: `${counted(found.length, 'file is', 'files are')} ${where}, byte for byte: ${named}. What a network was trained on does not measure it; remove one of each.`,
    },
  ];
}
