import { isDTypeName } from '../dtype.ts';
import { allVisits, attributesOf, type Entry, moduleEntries, type ReadModule } from './module-entries.ts';
import { numpyArray } from './numpy-array.ts';
import { isRecord, type PickleValue, TensorRef } from './pickle-values.ts';

/** A part of a checkpoint that may be the weights: a dict with tensors in it, or a whole model. */
export interface Candidate {
  /** The keys that lead to it. */
  readonly path: readonly string[];
  /** Of the class, if it is a whole model. */
  readonly model: string | undefined;
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
  readonly key: string;
  readonly parent: Place | undefined;
}

/**
 * Every candidate in a value, in its order, however deep in dicts, lists and objects. Not within a model, nor within an
 * optimizer's state. Values may contain themselves; each is looked at once.
 */
export function candidatesIn(root: PickleValue, readModule: readonly ReadModule[]): Candidate[] {
  const found: Candidate[] = [];
  const seen = new Set<PickleValue>();
  const visits = allVisits();
  const open: Place[] = [{ value: root, key: '', parent: undefined }];
  for (let place = open.pop(); place && found.length < MAX_CANDIDATES; place = open.pop()) {
    const { value } = place;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    const read = readModule.find((kind) => kind(value));
    const entries = read ? moduleEntries(value, read, visits) : ownEntries(value);
    const tensors = entries.flatMap(([, item]) => tensorOf(item) ?? []);
    if (tensors.length)
      found.push({
        path: pathOf(place),
        model: read && isRecord(value) ? value.name : undefined,
        entries,
        tensors: tensors.length,
        floats: tensors.some(({ storage: { dtype } }) => isDTypeName(dtype) && /F\d/.test(dtype)),
        scalars: tensors.every(({ shape }) => shape.every((length) => length === 1)),
      });
    if (read || isOptimizer(value)) continue;
    const parts = childrenOf(value);
    for (let i = parts.length - 1; i >= 0; i--) {
      const [key, item] = parts[i] as Entry;
      open.push({ value: item, key, parent: place });
    }
  }
  return found;
}

function pathOf(place: Place): string[] {
  const path: string[] = [];
  for (let at = place; at.parent; at = at.parent) path.push(at.key);
  return path.reverse();
}

/** What a value holds under texts: a dict's entries, or those of a dict of a class of its own. */
function ownEntries(value: PickleValue): Entry[] {
  const pairs = value instanceof Map ? [...value] : isRecord(value) ? value.items.filter(isPair) : [];
  return pairs.filter((pair): pair is [string, PickleValue] => typeof pair[0] === 'string');
}

/** What lies one step below a value, by the key that a path names it with. */
export function childrenOf(value: PickleValue): Entry[] {
  if (Array.isArray(value)) return value.map((item: PickleValue, i) => [String(i), item] as const);
  if (value instanceof Map) return named([...value]);
  if (!isRecord(value)) return [];
  const attributes = attributesOf(value);
  return [...(attributes ? named([...attributes]) : []), ...named(value.items.filter(isPair)), ...childrenOf(value.args)];
}

const named = (pairs: readonly (readonly [PickleValue, PickleValue])[]): Entry[] =>
  pairs.flatMap(([key, item]) => (typeof key === 'string' || typeof key === 'number' ? [[String(key), item] as const] : []));

const isPair = (item: PickleValue): item is [PickleValue, PickleValue] => Array.isArray(item) && item.length === 2;

/** `state` holds moments of the parameters, by number, in the shapes of weights. */
const isOptimizer = (value: PickleValue): boolean => value instanceof Map && value.has('param_groups') && value.has('state');

/** `"state_dict" (122 tensors)`; `the whole file` has no key. */
export const describeCandidate = ({ path, tensors, model }: Candidate): string =>
  `${path.length ? JSON.stringify(path.join('.').slice(0, 120)) : 'the whole file'} (${model ? `a model of ${model.slice(0, 120)}, ` : ''}${tensors} tensor${tensors > 1 ? 's' : ''})`;
