import { CheckpointError, listFaults, quote } from '../checkpoint-error.ts';
import { fromFloat32, fromHalves, fromInt32 } from '../dtype.ts';
import { F16_OVERFLOW, type HalfDType, toHalfPrecision } from '../half-precision.ts';
import { nameFault } from '../unsafe-names.ts';
import { LENGTH_BYTES } from './header.ts';

/** The number types in which float32 numbers are written. */
export type FloatDType = 'F32' | HalfDType;

/** A tensor to write: `I8` and `I32` stay what they are. */
export interface TensorToWrite {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int8Array | Int32Array;
}

export type TensorsToWrite = ReadonlyMap<string, TensorToWrite>;

export interface WriteSafetensorsOptions {
  /** Strings for `__metadata__`; `format: 'pt'`, which Python's readers ask for, is there already. */
  readonly metadata?: ReadonlyMap<string, string> | Readonly<Record<string, string>>;
  /** Puts an int64 0 named `…num_batches_tracked` behind every `…running_var`, as PyTorch's batch norms have. */
  readonly counters?: boolean;
  /**
   * How float32 numbers are written. `F16` and `BF16` round to the nearest, half to even; a finite number that float16 has no room for is an
   * error, for half of a network's largest weight is no network.
   */
  readonly dtype?: FloatDType;
}

/** A whole safetensors file in one buffer; `safetensorsParts` saves the copy. */
export function writeSafetensors(tensors: TensorsToWrite, options: WriteSafetensorsOptions = {}): Uint8Array {
  const parts = safetensorsParts(tensors, options);
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    file.set(part, offset);
    offset += part.byteLength;
  }
  return file;
}

/**
 * A safetensors file in pieces, for a file or `new Blob(parts)`: the header, then views of the tensors' own memory,
 * which must not change until the pieces are written; of `F16` and `BF16` copies.
 *
 * The header keeps the tensors' order. The data lies by the size of its numbers, largest first, so that all of it is aligned.
 *
 * @throws CheckpointError listing every tensor whose data does not fill its shape or its number type, or whose name is unusable.
 */
export function safetensorsParts(
  tensors: TensorsToWrite,
  { metadata = {}, ...options }: WriteSafetensorsOptions = {},
): Uint8Array<ArrayBuffer>[] {
  const { data, headerWith } = layOut(tensors, options);
  return [headerWith(metadata), ...data];
}

/** The data of a file, and its header with metadata that may depend on that. */
export interface LaidOut {
  readonly data: Uint8Array<ArrayBuffer>[];
  headerWith(metadata: NonNullable<WriteSafetensorsOptions['metadata']>): Uint8Array<ArrayBuffer>;
}

export function layOut(tensors: TensorsToWrite, { counters = false, dtype = 'F32' }: Omit<WriteSafetensorsOptions, 'metadata'>): LaidOut {
  check(tensors, dtype);
  const entries = [...tensors].flatMap(([name, tensor]) => {
    const own = { name, shape: tensor.shape, ...encoded(tensor, dtype) };
    return counters && hasCounter(name, tensors) ? [own, { name: counterOf(name), shape: [], ...COUNTER }] : [own];
  });
  const placed = entries.toSorted((a, b) => b.bytesEach - a.bytesEach);
  const offsets = new Map<string, [begin: number, end: number]>();
  let begin = 0;
  for (const { name, bytes } of placed) {
    offsets.set(name, [begin, begin + bytes.byteLength]);
    begin += bytes.byteLength;
  }
  const described = entries.map(({ name, dtype, shape }) => [name, { dtype, shape, data_offsets: offsets.get(name) }]);
  return {
    data: placed.map(({ bytes }) => bytes as Uint8Array<ArrayBuffer>),
    headerWith: (metadata) => {
      const strings = metadata instanceof Map ? metadata : Object.entries(metadata);
      return headerBytes({ __metadata__: Object.fromEntries([['format', 'pt'], ...strings]), ...Object.fromEntries(described) });
    },
  };
}

const COUNTER = { dtype: 'I64', bytesEach: 8, bytes: new Uint8Array(8) };

function encoded({ data }: TensorToWrite, dtype: FloatDType): { dtype: string; bytesEach: number; bytes: Uint8Array } {
  if (data instanceof Int8Array) return { dtype: 'I8', bytesEach: 1, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  if (data instanceof Int32Array) return { dtype: 'I32', bytesEach: 4, bytes: fromInt32(data) };
  if (dtype === 'F32') return { dtype, bytesEach: 4, bytes: fromFloat32(data) };
  return { dtype, bytesEach: 2, bytes: fromHalves(toHalfPrecision(data, dtype)) };
}

const counterOf = (runningVar: string): string => runningVar.replace(/running_var$/, 'num_batches_tracked');

const hasCounter = (name: string, tensors: TensorsToWrite): boolean => /(^|\.)running_var$/.test(name) && !tensors.has(counterOf(name));

/** The length and the JSON, padded with spaces so that the data starts at a multiple of 8. */
function headerBytes(header: Record<string, unknown>): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.byteLength / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

function check(tensors: TensorsToWrite, dtype: FloatDType): void {
  const faults = [...tensors].flatMap(([name, tensor]) => {
    const fault =
      name === '__metadata__' ? 'the name is taken by the format' : (nameFault(name) ?? shapeFault(tensor) ?? rangeFault(tensor, dtype));
    return fault ? [`tensor ${quote(name)}: ${fault}`] : [];
  });
  if (faults.length) throw new CheckpointError(`Nothing was written: ${listFaults(faults)}.`);
}

function shapeFault({ shape, data }: TensorToWrite): string | undefined {
  const size = shape.reduce((product, length) => product * length, 1);
  return size === data.length ? undefined : `shape [${shape.join(',')}] needs ${size} numbers but there are ${data.length}`;
}

/** What was infinite or NaN before may stay so. */
function rangeFault({ data }: TensorToWrite, dtype: FloatDType): string | undefined {
  if (dtype !== 'F16' || !(data instanceof Float32Array)) return undefined;
  const beyond = data.find((x) => Math.abs(x) >= F16_OVERFLOW && Number.isFinite(x));
  return beyond === undefined ? undefined : `${beyond} is beyond float16, whose largest number is 65504; bfloat16 has room for it`;
}
