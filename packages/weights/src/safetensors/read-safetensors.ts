import type { StateDict } from '@resnetjs/core';
import { listFaults, quote } from '../checkpoint-error.ts';
import { isDTypeName, isIntegerDTypeName, toFloat32, toIntegers } from '../dtype.ts';
import { readRange } from '../sources/byte-source.ts';
import type { HttpSourceOptions } from '../sources/http-source.ts';
import { type CheckpointSource, withSource } from '../sources/open-source.ts';
import { readHeader, type TensorEntry } from './header.ts';

/** Neighbouring tensors are read together up to this size: one request for many small ones, and never the whole file. */
export const READ_CHUNK_BYTES = 8 * 2 ** 20;
/** A tensor of this size is read by itself where what is read is ours to keep, and is not copied then. */
const ALONE_BYTES = 2 ** 20;
/** So many reads are on their way at a time. */
const READS_AHEAD = 3;

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
  /** Whether `I8` and `I32` stay what they are. By default they become float32 as all others do. */
  readonly integers?: boolean;
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
    const { integers = false, onData, onProgress, signal } = options;
    const { entries, metadata, dataStart } = await readHeader(opened);
    const readable = entries.filter(({ dtype }) => isDTypeName(dtype) && !(integers && isIntegerDTypeName(dtype)));
    const aside = entries.filter(({ dtype }) => !isDTypeName(dtype));
    const whole = new Map<string, { shape: number[]; data: Int8Array | Int32Array }>();
    const tensors: StateDict = new Map(readable.map(({ name, shape }) => [name, { shape, data: EMPTY }])); // fixes the order
    const keep = opened.gives ?? false;
    const read = ({ begin, end }: Run) => readRange(opened, dataStart + begin, dataStart + end);
    for await (const { item: run, value: bytes } of ahead([...runs(entries, keep ? ALONE_BYTES : READ_CHUNK_BYTES)], read)) {
      signal?.throwIfAborted();
      onData?.(bytes);
      for (const { name, dtype, shape, begin, end } of run.entries) {
        const own = bytes.subarray(begin - run.begin, end - run.begin);
        if (integers && isIntegerDTypeName(dtype)) whole.set(name, { shape, data: toIntegers(own, dtype) });
        else if (isDTypeName(dtype)) tensors.set(name, { shape, data: toFloat32(own, dtype, { keep }) });
      }
      onProgress?.({ doneBytes: run.end, totalBytes: opened.sizeBytes - dataStart });
    }
    const names = aside.map(({ name, dtype }) => `${quote(name)} (of ${dtype} numbers)`);
    return {
      tensors,
      integers: whole,
      metadata,
      notes: names.length ? [`Set aside, for they are not read: ${listFaults(names, ', ')}.`] : [],
    };
  });

const EMPTY = new Float32Array(0);

/** Tensors that lie side by side in the file. */
interface Run {
  readonly entries: readonly TensorEntry[];
  readonly begin: number;
  readonly end: number;
}

/** Groups of neighbours of at most READ_CHUNK_BYTES, or a single tensor of `aloneBytes` and more, in the file's order. */
function* runs(entries: readonly TensorEntry[], aloneBytes: number): Generator<Run> {
  let run: TensorEntry[] = [];
  const whole = (): Run => ({ entries: run, begin: (run[0] as TensorEntry).begin, end: (run.at(-1) as TensorEntry).end });
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const isAlone = entry.end - entry.begin >= aloneBytes;
    if (run[0] && (isAlone || entry.end - run[0].begin > READ_CHUNK_BYTES)) {
      yield whole();
      run = [];
    }
    run.push(entry);
    if (!isAlone) continue;
    yield whole();
    run = [];
  }
  if (run.length) yield whole();
}

/** What `read` gives for each item, in their order, while the next ones are on their way. None is when this ends. */
async function* ahead<T, R>(items: readonly T[], read: (item: T) => Promise<R>): AsyncGenerator<{ item: T; value: R }> {
  const begun: Promise<R>[] = [];
  let next = 0;
  try {
    for (const item of items) {
      for (; next < items.length && begun.length < READS_AHEAD; next++) {
        const reading = read(items[next] as T);
        reading.catch(() => undefined); // waited for in its turn, unless an earlier one fails
        begun.push(reading);
      }
      yield { item, value: await (begun.shift() as Promise<R>) };
    }
  } finally {
    await Promise.allSettled(begun);
  }
}
