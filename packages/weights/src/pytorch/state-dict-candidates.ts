import { quote } from '../checkpoint-error.ts';
import { isDTypeName } from '../dtype.ts';
import { allVisits, attributesOf, type Entry, type ModuleKind, moduleEntries } from './module-entries.ts';
import { numpyArray } from './numpy-array.ts';
import { isRecord, type PickleRecord, type PickleValue, TensorRef } from './pickle-values.ts';

/** A part of a checkpoint that may be the weights: a dict with tensors in it, or a whole model. */
export interface Candidate {
  /** The keys that lead to it. */
  readonly path: readonly string[];
  /** The classes of its modules, its own first, if it is a whole model. */
  readonly modules: readonly string[];
  readonly entries: readonly Entry[];
  /** How many of them are tensors. */
  readonly tensors: number;
  /** Whether any is of floats, as weights are: the state of a random generator is not. */
  readonly floats: boolean;
  /** Whether all are single numbers: a best accuracy is a tensor, too. */
  readonly scalars: boolean;
}

/** How many candidates are looked for; a file with more has none that could be meant. */
const MAX_CANDIDATES = 1000;

/** A tensor of torch, or an array of numpy. */
export function tensorOf(value: PickleValue): TensorRef | undefined {
  if (value instanceof TensorRef) return value;
  return isRecord(value) ? numpyArray(value) : undefined;
}

interface Place {
  readonly value: PickleValue;
  /** `undefined` for what an object is made of, which has no name of its own. */
  readonly key: string | undefined;
  readonly parent: Place | undefined;
}

/**
 * Every candidate in a value, in its order, however deep in dicts, lists and objects. Not within a model, nor within an
 * optimizer's state. Values may contain themselves; each is looked at once.
 */
export function candidatesIn(root: PickleValue, kinds: readonly ModuleKind[]): Candidate[] {
  const found: Candidate[] = [];
  const seen = new Set<PickleValue>();
  const visits = allVisits();
  const open: Place[] = [{ value: root, key: '', parent: undefined }];
  for (let place = open.pop(); place && found.length < MAX_CANDIDATES; place = open.pop()) {
    const { value } = place;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    const kind = kinds.find(({ is }) => is(value));
    const modules = new Set<string>();
    const entries = kind ? moduleEntries(value as PickleRecord, kind, visits, modules) : ownEntries(value);
    const tensors = entries.flatMap(([, item]) => tensorOf(item) ?? []);
    if (tensors.length)
      found.push({
        path: pathOf(place),
        modules: [...modules],
        entries,
        tensors: tensors.length,
        floats: tensors.some(({ storage: { dtype } }) => isDTypeName(dtype) && /F\d/.test(dtype)),
        scalars: tensors.every(({ shape }) => shape.every((length) => length === 1)),
      });
    if (kind || isOptimizer(value)) continue;
    const parts: (readonly [string | undefined, PickleValue])[] = isRecord(value) ? partsOf(value) : childrenOf(value);
    for (const [key, item] of parts.reverse()) open.push({ value: item, key, parent: place });
  }
  return found;
}

function pathOf(place: Place): string[] {
  const path: string[] = [];
  for (let at = place; at.parent; at = at.parent) if (at.key !== undefined) path.push(at.key);
  return path.reverse();
}

/** What a value holds under texts: a dict's entries, or those of a dict of a class of its own. */
function ownEntries(value: PickleValue): Entry[] {
  const pairs = value instanceof Map ? [...value] : isRecord(value) ? value.items.filter(isPair) : [];
  return pairs.filter((pair): pair is [string, PickleValue] => typeof pair[0] === 'string');
}

/** What an object is made of. Many objects may share a part, which is looked into once. */
const partsOf = (object: PickleRecord): (readonly [undefined | string, PickleValue])[] => [
  [undefined, attributesOf(object) ?? object.state],
  [undefined, object.args],
  ...named(object.items.filter(isPair)),
  [undefined, object.items],
];

/** What lies one step below a value, by the key that a path names it with. */
export function childrenOf(value: PickleValue): Entry[] {
  if (Array.isArray(value)) return value.map((item: PickleValue, i) => [String(i), item] as const);
  if (value instanceof Map) return named([...value]);
  if (!isRecord(value)) return [];
  // An object's parts are dicts and lists, but for hostile ones, which may be objects a million deep.
  return partsOf(value).flatMap(([key, part]) => (key !== undefined ? [[key, part] as const] : isRecord(part) ? [] : childrenOf(part)));
}

const named = (pairs: readonly (readonly [PickleValue, PickleValue])[]): Entry[] =>
  pairs.flatMap(([key, item]) => (typeof key === 'string' || typeof key === 'number' ? [[String(key), item] as const] : []));

const isPair = (item: PickleValue): item is [PickleValue, PickleValue] => Array.isArray(item) && item.length === 2;

/** `state` holds moments of the parameters, by number, in the shapes of weights. */
const isOptimizer = (value: PickleValue): boolean => value instanceof Map && value.has('param_groups') && value.has('state');

/** `"state_dict" (122 tensors)` */
export function describeCandidate({ path, tensors, modules: [model] }: Candidate): string {
  const kind = model === undefined ? '' : `a model of ${model.slice(0, 120)}, `;
  return `${path.length ? quote(path.join('.')) : 'the dict around them'} (${kind}${tensors} tensor${tensors > 1 ? 's' : ''})`;
}
