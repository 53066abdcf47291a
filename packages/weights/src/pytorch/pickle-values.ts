import type { DTypeName } from '../dtype.ts';

/** A run of numbers in the file, not yet read. */
export class StorageRef {
  readonly key: string;
  readonly dtype: DTypeName;
  /** How many elements the pickle says it has. */
  readonly elements: number;

  constructor(key: string, dtype: DTypeName, elements: number) {
    this.key = key;
    this.dtype = dtype;
    this.elements = elements;
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

/** A global that is on the list of those that are understood: a name, never code. */
export class GlobalRef {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** What a tensor checkpoint's pickle can hold. Dicts are Maps, so that no key reaches a prototype; lists and tuples are arrays. */
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
  | readonly PickleValue[]
  | Map<PickleValue, PickleValue>;
