import type { StateDict, StoredTensor } from '@resnetjs/core';
import { CheckpointError, listFaults, quote } from '../checkpoint-error.ts';
import { DTYPES, type DTypeName, isDTypeName, toFloat32 } from '../dtype.ts';
import type { InlineBytes, StorageRef, TensorRef } from './pickle-values.ts';

/** Tensors may share a storage, but not so often that a small file becomes a huge model. */
export const MAX_SHARING = 8;

/** Reads a storage's bytes: `elements` times the size of its type. */
export type ReadStorage = (storage: StorageRef) => Promise<Uint8Array>;

/**
 * Reads the tensors' numbers, row by row: strided and transposed ones become contiguous.
 *
 * @throws CheckpointError listing every tensor that reaches outside its storage.
 */
export async function materialize(tensors: ReadonlyMap<string, TensorRef>, readStorage: ReadStorage): Promise<StateDict> {
  checkBounds(tensors);
  const dict: StateDict = new Map([...tensors].map(([name, { shape }]) => [name, { shape: [...shape], data: new Float32Array(0) }]));
  for (const [storage, sharers] of byStorage(tensors)) {
    const { dtype, inline } = storage;
    if (!isDTypeName(dtype)) throw new CheckpointError(`numbers of type ${dtype} are not read.`);
    const numbers = toFloat32(inline ? littleEndian(inline, dtype) : await readStorage(storage), dtype);
    for (const [name, tensor] of sharers) dict.set(name, contiguous(numbers, tensor, sharers.length === 1));
  }
  return dict;
}

/** Where a storage's numbers are: its bytes, or its name in the file. */
const placeOf = ({ key, inline }: StorageRef): Uint8Array | string => inline?.bytes ?? key;

/** A copy in reverse, number by number, where the bytes are big-endian. */
function littleEndian({ bytes, bigEndian }: InlineBytes, dtype: DTypeName): Uint8Array {
  const { bytes: size } = DTYPES[dtype];
  if (!bigEndian || size === 1) return bytes;
  const swapped = new Uint8Array(bytes);
  for (let at = 0; at < swapped.length; at += size) swapped.subarray(at, at + size).reverse();
  return swapped;
}

/** One read a storage, whoever shares it. Every mention in a pickle makes a new StorageRef, so they are matched by key. */
function byStorage(tensors: ReadonlyMap<string, TensorRef>): Map<StorageRef, [string, TensorRef][]> {
  const first = new Map<Uint8Array | string, StorageRef>();
  const groups = new Map<StorageRef, [string, TensorRef][]>();
  for (const entry of tensors) {
    const { storage } = entry[1];
    const known = first.get(placeOf(storage)) ?? storage;
    if (known.dtype !== storage.dtype || known.elements !== storage.elements || known.inline?.bigEndian !== storage.inline?.bigEndian)
      throw new CheckpointError(
        `storage ${quote(storage.key)} is ${known.dtype} × ${known.elements} in one place and ${storage.dtype} × ${storage.elements} in another. The file is damaged.`,
      );
    first.set(placeOf(storage), known);
    const group = groups.get(known);
    if (group) group.push(entry);
    else groups.set(known, [entry]);
  }
  return groups;
}

function checkBounds(tensors: ReadonlyMap<string, TensorRef>): void {
  const faults: string[] = [];
  const stored = new Map<Uint8Array | string, number>();
  let wanted = 0;
  for (const [name, { storage, offset, shape, strides }] of tensors) {
    const size = product(shape);
    const last = size ? offset + shape.reduce((sum, length, i) => sum + (length - 1) * (strides[i] as number), 0) : offset - 1;
    if (last >= storage.elements)
      faults.push(`${quote(name)} [${shape.join(',')}] reaches element ${last} of a storage of ${storage.elements}`);
    else if (size > storage.elements)
      faults.push(`${quote(name)} [${shape.join(',')}] repeats a storage of ${storage.elements}: save it with .contiguous()`);
    stored.set(placeOf(storage), storage.elements);
    wanted += size;
  }
  if (faults.length) throw new CheckpointError(`tensors that do not fit their storage: ${listFaults(faults)}.`);
  const limit = MAX_SHARING * [...stored.values()].reduce((sum, elements) => sum + elements, 0);
  if (wanted > limit)
    throw new CheckpointError(
      `the tensors hold ${wanted} numbers but the file less than an ${MAX_SHARING}th of that. It is not an honest checkpoint.`,
    );
}

/** @param own whether `numbers` may become the tensor's data: nobody else reads them. */
function contiguous(numbers: Float32Array, { offset, shape, strides }: TensorRef, own: boolean): StoredTensor {
  const size = product(shape);
  if (isContiguous(shape, strides)) {
    const whole = own && offset === 0 && size === numbers.length;
    return { shape: [...shape], data: whole ? numbers : numbers.slice(offset, offset + size) };
  }
  const data = new Float32Array(size);
  const index = shape.map(() => 0);
  let from = offset;
  for (let i = 0; i < size; i++) {
    data[i] = numbers[from] as number;
    // Counts the index up like an odometer, moving `from` along.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [length, stride] = [shape[axis] as number, strides[axis] as number];
      from += stride;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < length) break;
      from -= stride * length;
      index[axis] = 0;
    }
  }
  return { shape: [...shape], data };
}

/** Strides of axes of length 1 say nothing. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis] as number;
  }
  return true;
}

const product = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);
