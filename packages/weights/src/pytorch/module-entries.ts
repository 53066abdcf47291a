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

/** How modules of one kind are told and read. */
export interface ModuleKind {
  /** A look, whatever the size. */
  readonly is: (value: PickleValue) => value is PickleRecord;
  readonly members: (module: PickleRecord) => Members;
}

/** An `nn.Module` that was pickled whole: its attributes are the record's state. */
export const eagerModules: ModuleKind = {
  is: (value): value is PickleRecord => {
    const attributes = isRecord(value) ? attributesOf(value) : undefined;
    return attributes?.get('_modules') instanceof Map && attributes.get('_parameters') instanceof Map;
  },
  members: (module) => {
    const attributes = attributesOf(module);
    const passing = attributes?.get('_non_persistent_buffers_set');
    const without = new Set<PickleValue>(Array.isArray(passing) ? passing : []);
    const buffers = entriesOf(attributes?.get('_buffers')).filter(([name]) => !without.has(name));
    return {
      own: [...entriesOf(attributes?.get('_parameters')), ...buffers].filter(([, item]) => item !== null),
      children: entriesOf(attributes?.get('_modules')),
    };
  },
};

/** Modules of a TorchScript archive, whose program says which of their attributes are parameters and buffers. */
export const scriptModules = (classes: ScriptClasses): ModuleKind => {
  const is = (value: PickleValue): value is PickleRecord => isRecord(value) && classes.has(value.name);
  const members = ({ name, state }: PickleRecord): Members => {
    const { parameters, buffers } = classes.get(name) as ScriptClass;
    const attributes = entriesOf(state);
    const among = (names: ReadonlySet<string>): Entry[] => attributes.filter(([key, item]) => names.has(key) && item !== null);
    return { own: [...among(parameters), ...among(buffers)], children: attributes.filter(([, item]) => is(item)) };
  };
  return { is, members };
};

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

/**
 * A module's parameters and buffers by their dotted names, in the order of PyTorch's `state_dict()`.
 *
 * @param names gets those of the classes that were met.
 */
export function moduleEntries(root: PickleRecord, { is, members }: ModuleKind, visits: Visits, names: Set<string>): Entry[] {
  const entries: Entry[] = [];
  const visit = (module: PickleRecord, prefix: string, depth: number): void => {
    const { own, children } = members(module);
    names.add(module.name);
    visits.left -= 1 + own.length + children.length;
    if (visits.left < 0 || depth > MAX_MODULE_DEPTH)
      throw new CheckpointError(
        `the modules in it hold each other ${depth > MAX_MODULE_DEPTH ? `more than ${MAX_MODULE_DEPTH} deep` : `so often that more than ${2 * MAX_TENSORS} names come of it`}. It is damaged or forged.`,
      );
    for (const [name, item] of own) entries.push([prefix + name, item]);
    for (const [name, child] of children) if (is(child)) visit(child, `${prefix}${name}.`, depth + 1);
  };
  visit(root, '', 0);
  return entries;
}
