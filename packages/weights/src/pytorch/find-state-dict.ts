import { CheckpointError, listFaults, quote } from '../checkpoint-error.ts';
import { isDTypeName } from '../dtype.ts';
import { nameFault } from '../unsafe-names.ts';
import { type Entry, eagerModules, scriptModules } from './module-entries.ts';
import { GlobalRef, isRecord, type PickleValue, StorageRef, TensorRef } from './pickle-values.ts';
import { type ExtraObject, extraReader } from './plain-value.ts';
import type { ScriptClasses } from './script-classes.ts';
import { type Candidate, candidatesIn, childrenOf, describeCandidate, tensorOf } from './state-dict-candidates.ts';

/** Where training scripts keep the weights, in the order they are looked for. */
export const STATE_DICT_KEYS = [
  'state_dict',
  'model',
  'net',
  'model_state_dict',
  'model_state',
  'network',
  'state_dict_ema',
  'model_ema',
] as const;

/** What lies beside the weights by its key: `epoch`, `best_prec1`, `arch`, and objects such as `args`. */
export type Extras = ReadonlyMap<string, string | number | boolean | ExtraObject>;

export interface FoundStateDict {
  readonly tensors: Map<string, TensorRef>;
  readonly extras: Extras;
  /** What a reader should know: where the weights were, what of them was set aside. */
  readonly notes: readonly string[];
  /** The classes of its modules, its own first, if it was a whole model. */
  readonly modules: readonly string[];
}

export interface FindOptions {
  /** The keys that lead to the weights, with dots between: `state_dict`, `models.0.net`; none (`''`) for the dict itself. */
  readonly key?: string | undefined;
  /** Of a TorchScript archive. */
  readonly classes?: ScriptClasses | undefined;
}

/**
 * Finds the weights in what a checkpoint's pickle holds: the dict itself, one of its well-known entries, the only dict
 * of tensors anywhere in it, or a whole model.
 *
 * @throws CheckpointError saying what is there instead, or what there is to choose from.
 */
export function findStateDict(value: PickleValue, { key, classes }: FindOptions = {}): FoundStateDict {
  const inside = key === undefined ? value : resolve(value, key);
  const all = inside === undefined ? [] : candidatesIn(inside, [...(classes ? [scriptModules(classes)] : []), eagerModules]);
  const likely = all.some(({ floats }) => floats) ? all.filter(({ floats }) => floats) : all;
  const named = key === undefined ? undefined : likely.find(({ path }) => !path.length);
  const [chosen, ...more] = named ? [named] : choose(likely, 0);
  if (!chosen) throw new CheckpointError(nothingThere(value, key, classes !== undefined));
  if (more.length) throw new CheckpointError(severalThere([chosen, ...more], key));
  const { tensors, notes } = split(chosen.entries);
  if (!tensors.size) throw new CheckpointError(`the tensors in it are of no type that is read. ${notes.join(' ')}`);
  const others = likely.filter((candidate) => candidate !== chosen && candidate.path.length && !candidate.scalars);
  if (others.length && key === undefined)
    notes.unshift(
      `The weights are ${describeCandidate(chosen)}. Also there: ${listFaults(others.map(describeCandidate), ', ')}; stateDictKey chooses.`,
    );
  return { tensors, notes, extras: extrasOf(value, key === undefined ? chosen.path : []), modules: chosen.modules };
}

/** The one that is meant, or all that it could be. `depth` keys of their paths are common. */
function choose(candidates: readonly Candidate[], depth: number): readonly Candidate[] {
  if (candidates.length < 2) return candidates;
  const own = candidates.find(({ path }) => path.length === depth);
  const nested = candidates.filter((candidate) => candidate !== own);
  const most = nested.reduce((count, { tensors }) => Math.max(count, tensors), 0);
  // Numbers of training may be tensors: they lie around the weights and are fewer.
  const itself = own && !own.scalars;
  if (itself && own.tensors > most) return [own];
  const known = STATE_DICT_KEYS.find((key) => nested.some(({ path }) => path[depth] === key));
  if (known !== undefined)
    return choose(
      nested.filter(({ path }) => path[depth] === known),
      depth + 1,
    );
  if (itself) return own.tensors === most ? [own] : candidates;
  const keys = new Set(nested.map(({ path }) => path[depth]));
  return keys.size === 1 ? choose(nested, depth + 1) : nested;
}

/** The value at a dotted path; keys may have dots of their own. */
function resolve(value: PickleValue, path: string): PickleValue | undefined {
  if (path === '') return value;
  const parts = new Map(childrenOf(value));
  if (parts.has(path)) return parts.get(path);
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const part = parts.get(path.slice(0, dot));
    const found = part === undefined ? undefined : resolve(part, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The tensors among a state dict's entries, and notes of what was not taken. */
function split(entries: readonly Entry[]): { tensors: Map<string, TensorRef>; notes: string[] } {
  const tensors = new Map<string, TensorRef>();
  const aside: string[] = [];
  const faults: string[] = [];
  for (const [name, value] of entries) {
    const tensor = tensorOf(value);
    const fault = tensor && nameFault(name);
    if (fault) faults.push(`${quote(name)}: ${fault}`);
    else if (tensor && isDTypeName(tensor.storage.dtype)) tensors.set(name, tensor);
    else if (tensor) aside.push(`${quote(name)} (of ${tensor.storage.dtype} numbers)`);
    else if (isRecord(value))
      aside.push(`${quote(name)} (${value.name === ARRAY ? 'a numpy array of no numbers' : value.name.slice(0, 120)})`);
  }
  if (faults.length) throw new CheckpointError(`tensors with names that are not taken: ${listFaults(faults)}.`);
  return { tensors, notes: aside.length ? [`Set aside among the weights, for they are not read: ${listFaults(aside, ', ')}.`] : [] };
}

const ARRAY = 'numpy.core.multiarray._reconstruct';

/** What the outermost dict on the way to the weights holds beside them. */
function extrasOf(root: PickleValue, path: readonly string[]): Extras {
  let value: PickleValue | undefined = root;
  for (const key of path) {
    if (value instanceof Map) break;
    value = new Map(childrenOf(value ?? null)).get(key);
  }
  const extras = new Map<string, string | number | boolean | ExtraObject>();
  const extraOf = extraReader();
  if (value instanceof Map)
    for (const [key, item] of value) {
      const extra = typeof key === 'string' && !tensorOf(item) && !eagerModules.is(item) ? extraOf(item) : undefined;
      if (extra !== undefined) extras.set(key as string, extra);
    }
  return extras;
}

function severalThere(candidates: readonly Candidate[], key: string | undefined): string {
  const last = [...(key === undefined ? [] : [key]), ...(candidates.at(-1) as Candidate).path].join('.');
  const where = key === undefined ? 'it' : quote(key);
  return `${where} holds several dicts of tensors: ${listFaults(candidates.map(describeCandidate), ', ')}. Choose one with stateDictKey, such as ${quote(last)}.`;
}

function nothingThere(value: PickleValue, key: string | undefined, script: boolean): string {
  const pairs: (readonly [PickleValue, PickleValue])[] = value instanceof Map ? [...value] : childrenOf(value);
  const there = listFaults(
    pairs.slice(0, 40).map(([name, item]) => `${typeof name === 'string' ? quote(name) : describe(name)} (${describe(item)})`),
    ', ',
  );
  if (script && key === undefined)
    return 'a TorchScript archive without parameters: its weights were frozen into the program, where they have no names. Save model.state_dict() before freezing.';
  if (key !== undefined) return `no dict of tensors under stateDictKey ${quote(key)}. It holds ${there || 'nothing'}.`;
  if (!(value instanceof Map)) return `it holds ${describe(value)}, not a dict of tensors. Save model.state_dict().`;
  return `no dict of tensors in it, nor under ${STATE_DICT_KEYS.join(', ')}. It holds ${there || 'nothing'}. Save model.state_dict().`;
}

function describe(value: PickleValue): string {
  if (value instanceof Map) return `a dict of ${value.size}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof TensorRef) return `a tensor [${value.shape.join(',')}]`;
  if (value instanceof GlobalRef || isRecord(value)) return value.name.slice(0, 120);
  if (value instanceof StorageRef) return 'a storage';
  return value === null ? 'None' : `a ${typeof value}`;
}
