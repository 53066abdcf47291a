import type { StateDict } from '@resnetjs/core';
import { listFaults, quote } from '../checkpoint-error.ts';
import { isDTypeName, isIntegerDTypeName, toFloat32, toIntegers } from '../dtype.ts';
import { readRange } from '../sources/byte-source.ts';
import type { HttpSourceOptions } from '../sources/http-source.ts';
import { type CheckpointSource, withSource } from '../sources/open-source.ts';
import { readHeader, type TensorEntry } from './header.ts';

/** Neighbouring tensors are read together up to this size: one request for many small ones, and never the whole file. */
export const READ_CHUNK_BYTES = 8 * 2 ** 20;

/** Tensors of integers by their names, row-major in their shapes. */
export type IntegerTensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Int8Array | Int32Array }>;

export interface Safetensors {
  /** In the header's order; every number type as float32, counters included. */
  readonly tensors: StateDict;
  /** `I8` and `I32` tensors as they are, where `integers` asked for that. */
  readonly integers: IntegerTensors;
  /** The file's `__metadata__`. */
  readonly metadata: Map<string, string>;
  /** Which tensors were set aside, for no float32 stands for their numbers. */
  readonly notes: readonly string[];
}

export interface ReadSafetensorsOptions extends HttpSourceOptions {
  /** Whether `I8` and `I32` stay what they are, of a file whose metadata is given. By default they become float32 as all others do. */
  readonly integers?: (metadata: ReadonlyMap<string, string>) => boolean;
  /** Sees the tensors' bytes in the file's order, for a checksum on the way. */
  readonly onData?: (bytes: Uint8Array) => void;
  readonly onProgress?: (progress: { readonly doneBytes: number; readonly totalBytes: number }) => void;
}

/**
 * Reads a safetensors file as it is: nothing renamed, nothing dropped.
 *
 * @throws CheckpointError if the header lies about the file in any way, or a number type is not known.
 */
export const readSafetensors = (source: CheckpointSource, options: ReadSafetensorsOptions = {}): Promise<Safetensors> =>
  withSource(source, options, async (opened) => {
    const { onData, onProgress, signal } = options;
    const { entries, metadata, dataStart } = await readHeader(opened);
    const keepsIntegers = options.integers?.(metadata) ?? false;
    const isInteger = ({ dtype }: TensorEntry): boolean => keepsIntegers && isIntegerDTypeName(dtype);
    const readable = entries.filter((entry) => isDTypeName(entry.dtype) && !isInteger(entry));
    const aside = entries.filter(({ dtype }) => !isDTypeName(dtype));
    const integers = new Map<string, { shape: number[]; data: Int8Array | Int32Array }>();
    const tensors: StateDict = new Map(readable.map(({ name, shape }) => [name, { shape, data: EMPTY }])); // fixes the order
    for (const run of runs(entries)) {
      signal?.throwIfAborted();
      const [begin, end] = [(run[0] as TensorEntry).begin, (run.at(-1) as TensorEntry).end];
      const bytes = await readRange(opened, dataStart + begin, dataStart + end);
      onData?.(bytes);
      for (const { name, dtype, shape, begin: at, end: to } of run) {
        const own = bytes.subarray(at - begin, to - begin);
        if (keepsIntegers && isIntegerDTypeName(dtype)) integers.set(name, { shape, data: toIntegers(own, dtype) });
        else if (isDTypeName(dtype)) tensors.set(name, { shape, data: toFloat32(own, dtype) });
      }
      onProgress?.({ doneBytes: end, totalBytes: opened.sizeBytes - dataStart });
    }
    const names = aside.map(({ name, dtype }) => `${quote(name)} (of ${dtype} numbers)`);
    return { tensors, integers, metadata, notes: names.length ? [`Set aside, for they are not read: ${listFaults(names, ', ')}.`] : [] };
  });

const EMPTY = new Float32Array(0);

/** Groups of neighbours of at most READ_CHUNK_BYTES, or a single larger tensor, in the file's order. */
function* runs(entries: readonly TensorEntry[]): Generator<TensorEntry[]> {
  let run: TensorEntry[] = [];
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (run[0] && entry.end - run[0].begin > READ_CHUNK_BYTES) {
      yield run;
      run = [];
    }
    run.push(entry);
  }
  if (run.length) yield run;
}
