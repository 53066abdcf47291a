import { decodeText } from '../files/decode-text.ts';
import { DatasetError } from './dataset-error.ts';
import { some } from './in-words.ts';

/** Names of classes in the order of a network's outputs. */
export interface ClassNames {
  readonly names: readonly string[];
  /** What folders of images may be called instead: WordNet's identifiers of ImageNet's classes, in the same order. */
  readonly identifiers?: readonly string[];
}

/**
 * Reads class names as they come with networks: one a line; a JSON list; `{"0": "tench"}`, alone or as `id2label` in the hub's
 * `config.json`; ImageNet's class index, `{"0": ["n01440764", "tench"]}`; torchvision's `class_to_idx`, `{"tench": 0}`. UTF-8 or
 * UTF-16, with any line ends.
 *
 * @param name of the file, for messages
 * @throws DatasetError if it is none of these, or has gaps.
 */
export function parseClassNames(bytes: Uint8Array, name: string): ClassNames {
  const text = decodeText(bytes, name);
  return /^\s*[[{]/.test(text) ? fromJson(text, name) : { names: fromLines(text, name) };
}

function fromLines(text: string, file: string): string[] {
  const lines = text.trimEnd().split(/\r\n|\n|\r/);
  const names = lines.map((line) => line.trim());
  if (text.trim() === '') throw new DatasetError(`${file}: no names in it. Expected one a line, in the order of the network's outputs.`);
  const blank = names.indexOf('');
  if (blank >= 0)
    throw new DatasetError(
      `${file}: line ${blank + 1} is empty, so the names after it may be one off. Write a name there, or remove the line.`,
    );
  return names;
}

function fromJson(text: string, file: string): ClassNames {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const python = /^\s*\{\s*(?:\d+\s*:|')/.test(text) ? ' It looks like a dict of Python: save it with json.dump.' : '';
    throw new DatasetError(
      `${file}: not JSON (${(cause as Error).message}).${python || ' Give a JSON list of names, or one name a line.'}`,
      { cause },
    );
  }
  return ofEntries(Array.isArray(value) ? value : inOrder(value as Record<string, unknown>, file), file);
}

/** The entries of an object by their numbers. */
function inOrder(object: Record<string, unknown>, file: string): unknown[] {
  const { id2label } = object;
  if (typeof id2label === 'object' && id2label !== null) return inOrder(id2label as Record<string, unknown>, file);
  const entries = Object.entries(object);
  const byNumber = entries.every(([key]) => /^\d+$/.test(key))
    ? entries.map(([key, entry]) => [Number(key), entry] as const)
    : entries.every(([, entry]) => Number.isInteger(entry))
      ? entries.map(([name, number]) => [number as number, name] as const)
      : undefined;
  if (!byNumber) throw unexpected(file, `an object with ${some(entries.map(([key]) => JSON.stringify(key)))}`);
  const list: unknown[] = [];
  for (const [number, entry] of byNumber) {
    if (number in list) throw new DatasetError(`${file}: number ${number} has two names. Give each output one.`);
    if (number >= 0 && number < byNumber.length) list[number] = entry;
  }
  const gap = byNumber.findIndex((_, i) => !(i in list));
  if (gap >= 0)
    throw new DatasetError(
      `${file}: ${byNumber.length} names, but none with number ${gap}. Expected the numbers 0 to ${byNumber.length - 1}, once each.`,
    );
  return list;
}

function ofEntries(entries: readonly unknown[], file: string): ClassNames {
  if (entries.length === 0) throw new DatasetError(`${file}: no names in it. Expected one for each of the network's outputs.`);
  const isName = (entry: unknown): entry is string => typeof entry === 'string';
  const isPair = (entry: unknown): entry is [string, string] => Array.isArray(entry) && entry.length === 2 && entry.every(isName);
  if (entries.every(isName)) return { names: entries };
  if (entries.every(isPair)) return { names: entries.map(([, name]) => name), identifiers: entries.map(([identifier]) => identifier) };
  const at = entries.findIndex((entry) => !isName(entry) && !isPair(entry));
  throw unexpected(file, at < 0 ? 'names and pairs in one list' : `entry ${at}, ${JSON.stringify(entries[at])?.slice(0, 60)}`);
}

const unexpected = (file: string, found: string): DatasetError =>
  new DatasetError(
    `${file}: expected class names in the order of the network's outputs: one a line, a JSON list, {"0": "name", …} or {"0": ["identifier", "name"], …}, but it has ${found}.`,
  );
