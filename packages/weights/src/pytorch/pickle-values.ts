import type { StoredDTypeName } from '../dtype.ts';

/** Bytes of a storage that lie in the pickle itself, as numpy's do. */
export interface InlineBytes {
  readonly bytes: Uint8Array;
  readonly bigEndian: boolean;
}

/** A run of numbers in the file, not yet read. */
export class StorageRef {
  readonly key: string;
  readonly dtype: StoredDTypeName;
  /** How many elements the pickle says it has. */
  readonly elements: number;
  readonly inline: InlineBytes | undefined;

  constructor(key: string, dtype: StoredDTypeName, elements: number, inline?: InlineBytes) {
    this.key = key;
    this.dtype = dtype;
    this.elements = elements;
    this.inline = inline;
  }
}

/** A window into a storage, not yet read. */
export class TensorRef {
  readonly storage: StorageRef;
  /** In elements, as are the strides. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(storage: StorageRef, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** A class or function that a pickle names: a name, never code. */
export class GlobalRef {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * An object that a pickle would have built by calling a class or function. It was not called: this is its name and what
 * it was given, frozen once the pickle is read, without a prototype.
 */
export interface PickleRecord {
  /** Of the class or function: `argparse.Namespace`. */
  readonly name: string;
  readonly args: readonly PickleValue[];
  /** What `__setstate__` would have got, most often a dict of attributes; `null` where there is none. */
  readonly state: PickleValue;
  /** What would have been appended (values), or set by key (`[key, value]`). */
  readonly items: readonly PickleValue[];
}

/** What a pickle can hold. Dicts are Maps, so that no key reaches a prototype; lists, tuples and sets are arrays. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | StorageRef
  | TensorRef
  | GlobalRef
  | PickleRecord
  | readonly PickleValue[]
  | Map<PickleValue, PickleValue>;

/** While a pickle is read, its records still take in what they are given. */
export type OpenRecord = PickleRecord & { state: PickleValue; readonly items: PickleValue[] };

export const openRecord = (name: string, args: readonly PickleValue[]): OpenRecord =>
  ({ __proto__: null, name, args, state: null, items: [] }) as unknown as OpenRecord;

/** Records alone have no prototype. */
export const isRecord = (value: PickleValue | undefined): value is PickleRecord =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null;
