import { CheckpointError } from '../checkpoint-error.ts';
import { MAX_TENSORS } from '../safetensors/header.ts';
import { isRecord, type PickleRecord, type PickleValue } from './pickle-values.ts';
import type { ScriptClass, ScriptClasses } from './script-classes.ts';

/** How deep modules may lie in each other. */
export const MAX_MODULE_DEPTH = 100;

/** A name and what it stands for. */
export type Entry = readonly [name: string, value: PickleValue];

interface Members {
  /** Parameters, then buffers. */
  readonly own: readonly Entry[];
  readonly children: readonly Entry[];
}

/** What a module of either kind consists of, or `undefined` if the value is no module. */
export type ReadModule = (value: PickleValue) => Members | undefined;

/** An `nn.Module` that was pickled whole: its attributes are the record's state. */
export const eagerModule: ReadModule = (value) => {
  const attributes = isRecord(value) ? attributesOf(value) : undefined;
  const modules = attributes?.get('_modules');
  const parameters = attributes?.get('_parameters');
  if (!(attributes && modules instanceof Map && parameters instanceof Map)) return undefined;
  const passing = attributes.get('_non_persistent_buffers_set');
  const without = new Set<PickleValue>(Array.isArray(passing) ? passing : []);
  const buffers = entriesOf(attributes.get('_buffers')).filter(([name]) => !without.has(name));
  return { own: [...entriesOf(parameters), ...buffers].filter(([, item]) => item !== null), children: entriesOf(modules) };
};

/** A module of a TorchScript archive, whose program says which of its attributes are parameters and buffers. */
export const scriptModule =
  (classes: ScriptClasses): ReadModule =>
  (value) => {
    const kind = classOf(value, classes);
    if (!kind) return undefined;
    const attributes = entriesOf((value as PickleRecord).state);
    const among = (names: ReadonlySet<string>): Entry[] => attributes.filter(([name, item]) => names.has(name) && item !== null);
    return {
      own: [...among(kind.parameters), ...among(kind.buffers)],
      children: attributes.filter(([, item]) => classOf(item, classes)),
    };
  };

const classOf = (value: PickleValue, classes: ScriptClasses): ScriptClass | undefined =>
  isRecord(value) ? classes.get(value.name) : undefined;

/** An object's attributes; those of `__slots__` come as a second dict and hold no modules. */
export const attributesOf = ({ state }: PickleRecord): Map<PickleValue, PickleValue> | undefined => {
  const first = Array.isArray(state) && state.length === 2 ? state[0] : state;
  return first instanceof Map ? first : undefined;
};

const entriesOf = (value: PickleValue | undefined): Entry[] =>
  value instanceof Map ? [...value].filter((entry): entry is [string, PickleValue] => typeof entry[0] === 'string') : [];

/** How many modules and entries a search may visit in all: modules that hold each other twice multiply. */
export interface Visits {
  left: number;
}
export const allVisits = (): Visits => ({ left: 2 * MAX_TENSORS });

/** A module's parameters and buffers by their dotted names, in the order of PyTorch's `state_dict()`. */
export function moduleEntries(root: PickleValue, read: ReadModule, visits: Visits): Entry[] {
  const entries: Entry[] = [];
  const visit = (value: PickleValue, prefix: string, depth: number): void => {
    const members = read(value);
    if (!members) return;
    visits.left -= 1 + members.own.length + members.children.length;
    if (visits.left < 0 || depth > MAX_MODULE_DEPTH)
      throw new CheckpointError(
        `the modules in it hold each other ${depth > MAX_MODULE_DEPTH ? `more than ${MAX_MODULE_DEPTH} deep` : `so often that more than ${2 * MAX_TENSORS} names come of it`}. It is damaged or forged.`,
      );
    for (const [name, item] of members.own) entries.push([prefix + name, item]);
    for (const [name, child] of members.children) visit(child, `${prefix}${name}.`, depth + 1);
  };
  visit(root, '', 0);
  return entries;
}
