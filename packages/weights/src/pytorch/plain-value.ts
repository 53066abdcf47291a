import { numpyScalar } from './numpy-array.ts';
import { GlobalRef, isRecord, type PickleRecord, type PickleValue, StorageRef, TensorRef } from './pickle-values.ts';

/** How deep a value is followed into what it holds; deeper is `null`. */
export const MAX_EXTRA_DEPTH = 64;

/** What lay beside the weights: plain data all through. Dicts are Maps; lists, tuples and sets are frozen arrays. */
export type ExtraValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly ExtraValue[]
  | ReadonlyMap<ExtraValue, ExtraValue>
  | ExtraObject;

/**
 * An object of a Python class, as the file describes it: frozen, without a prototype, never looked up or called.
 * `argparse.Namespace(lr=0.1)` has the name `argparse.Namespace` and the state `Map { 'lr' => 0.1 }`.
 */
export interface ExtraObject {
  /** Of its class, or of the function that would have made it. A tensor is `torch.Tensor` with its shape in `args`. */
  readonly name: string;
  readonly args: readonly ExtraValue[];
  /** Its attributes, most often; `null` where there are none. */
  readonly state: ExtraValue;
  /** What it contains: values, or `[key, value]`. */
  readonly items: readonly ExtraValue[];
}

/** Reads a pickle's values as plain data of the caller's own; numpy's scalars are numbers. Values may contain themselves and each other. */
function plainReader(): (value: PickleValue) => ExtraValue {
  const seen = new Map<PickleValue, ExtraValue>();
  const plain = (value: PickleValue, depth: number): ExtraValue => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    const known = seen.get(value);
    if (known !== undefined) return known;
    if (depth > MAX_EXTRA_DEPTH) return null;
    if (Array.isArray(value)) {
      const list: ExtraValue[] = [];
      seen.set(value, list);
      for (const item of value) list.push(plain(item, depth + 1));
      return Object.freeze(list);
    }
    if (value instanceof Map) {
      const dict = new Map<ExtraValue, ExtraValue>();
      seen.set(value, dict);
      for (const [key, item] of value) dict.set(plain(key, depth + 1), plain(item, depth + 1));
      return dict;
    }
    if (value instanceof GlobalRef) return extra(value.name);
    if (value instanceof TensorRef) return extra('torch.Tensor', Object.freeze([Object.freeze([...value.shape])]) as ExtraValue[]);
    if (value instanceof StorageRef) return extra('torch.storage', Object.freeze([value.elements]) as ExtraValue[]);
    const record = value as PickleRecord;
    const scalar = numpyScalar(record);
    if (scalar !== undefined) return scalar;
    const object = { ...extra(record.name), __proto__: null } as unknown as { -readonly [Key in keyof ExtraObject]: ExtraObject[Key] };
    seen.set(value, object);
    object.args = listed(record.args, depth + 1); // many records may share one
    object.state = plain(record.state, depth + 1);
    object.items = listed(record.items, depth + 1);
    return Object.freeze(object);
  };
  const listed = (items: readonly PickleValue[], depth: number) => (plain(items, depth) ?? NOTHING) as readonly ExtraValue[];
  return (value) => plain(value, 0);
}

const NOTHING = Object.freeze([]) as readonly ExtraValue[];

const extra = (name: string, args = NOTHING): ExtraObject =>
  Object.freeze({ __proto__: null, name, args, state: null, items: NOTHING }) as unknown as ExtraObject;

/** Reads what is worth handing on from beside the weights: numbers, texts, flags and objects, but no lists and dicts, which are scripts' own business. */
export function extraReader(): (value: PickleValue) => string | number | boolean | ExtraObject | undefined {
  const plain = plainReader();
  return (value) => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
    const extra = isRecord(value) || value instanceof GlobalRef ? plain(value) : undefined;
    return typeof extra === 'bigint' ? Number(extra) : (extra as string | number | boolean | ExtraObject | undefined);
  };
}
