import { CheckpointError, listFaults, quote } from '../checkpoint-error.ts';
import { DTYPES, isStoredDTypeName, OPAQUE_DTYPES, type StoredDTypeName, sizeBytes } from '../dtype.ts';
import { type ByteSource, readRange } from '../sources/byte-source.ts';
import { nameFault } from '../unsafe-names.ts';
import { duplicateKeys } from './duplicate-keys.ts';

/** Longest JSON header, in bytes; the reference implementation has the same limit. */
export const MAX_HEADER_BYTES = 100_000_000;
/** Most tensors in one file: twenty times those of a ResNet-1202 with its statistics. */
export const MAX_TENSORS = 200_000;
/** Most dimensions of one tensor. */
export const MAX_RANK = 16;
/** The header's own length comes first, as an unsigned 64-bit number. */
export const LENGTH_BYTES = 8;

export interface TensorEntry {
  readonly name: string;
  /** Its size is known; whether it is read is another matter. */
  readonly dtype: StoredDTypeName;
  readonly shape: number[];
  /** Where its bytes lie, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the header's order. */
  readonly entries: TensorEntry[];
  readonly metadata: Map<string, string>;
  /** Where the tensors' bytes begin in the file. */
  readonly dataStart: number;
}

/**
 * Reads and checks a safetensors header: whatever it says about the file is true when this returns.
 *
 * @throws CheckpointError listing everything that is wrong with it.
 * @see https://huggingface.co/docs/safetensors (format)
 */
export async function readHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const json = await readJson(source);
  const dataStart = LENGTH_BYTES + json.byteLength;
  const faults: string[] = [];
  const { __metadata__: metadata = {}, ...tensors } = parseHeader(json, source.name, faults);
  const names = Object.keys(tensors);
  if (names.length > MAX_TENSORS) throw new CheckpointError(`${source.name}: ${names.length} tensors; at most ${MAX_TENSORS} are read.`);
  const entries = names.flatMap((name) => checkEntry(name, tensors[name], faults) ?? []);
  if (!faults.length) checkCoverage(entries, source.sizeBytes - dataStart, faults);
  const strings = checkMetadata(metadata, faults);
  if (faults.length)
    throw new CheckpointError(
      `${source.name}: the safetensors header does not describe this file: ${listFaults(faults)}. Fetch or convert it again.`,
    );
  return { entries, metadata: strings, dataStart };
}

/** The header's bytes, after its length was checked against the file and the limit. */
async function readJson(source: ByteSource): Promise<Uint8Array> {
  if (source.sizeBytes < LENGTH_BYTES)
    throw new CheckpointError(
      `${source.name}: expected safetensors but received ${source.sizeBytes} bytes, too few for the length of its header.`,
    );
  const first = await readRange(source, 0, LENGTH_BYTES);
  const length = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true);
  const rest = source.sizeBytes - LENGTH_BYTES;
  if (length > MAX_HEADER_BYTES)
    throw new CheckpointError(
      `${source.name}: a safetensors header of ${length} bytes; at most ${MAX_HEADER_BYTES} are read. Is it a safetensors file?`,
    );
  if (length > rest)
    throw new CheckpointError(
      `${source.name}: the safetensors header should have ${length} bytes but the file ends after ${rest}. It is truncated: fetch it again.`,
    );
  return readRange(source, LENGTH_BYTES, LENGTH_BYTES + Number(length));
}

/** The header as an object with own properties only (`JSON.parse` makes even `__proto__` one). */
function parseHeader(json: Uint8Array, file: string, faults: string[]): Record<string, unknown> {
  let header: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
    if (!text.startsWith('{')) throw new SyntaxError(`it starts with ${quote(text.slice(0, 1))}, not {`);
    header = JSON.parse(text);
    for (const key of duplicateKeys(text)) faults.push(`${quote(key)} is there twice`);
  } catch (cause) {
    const why = cause instanceof SyntaxError ? `JSON (${cause.message})` : 'UTF-8';
    throw new CheckpointError(`${file}: the safetensors header is not valid ${why}. Fetch or convert the file again.`, { cause });
  }
  return header as Record<string, unknown>;
}

function checkEntry(name: string, value: unknown, faults: string[]): TensorEntry | undefined {
  const found: string[] = [];
  const fault = nameFault(name);
  if (fault) found.push(fault);
  const { dtype, shape, data_offsets: offsets } = (isRecord(value) ? value : {}) as Record<string, unknown>;
  if (!isStoredDTypeName(dtype))
    found.push(`dtype ${show(dtype)} is not known, only ${[...Object.keys(DTYPES), ...Object.keys(OPAQUE_DTYPES)].join(', ')}`);
  if (!isSizes(shape)) found.push(`shape ${show(shape)} is not a list of whole numbers`);
  else if (shape.length > MAX_RANK) found.push(`${shape.length} dimensions; at most ${MAX_RANK} are read`);
  if (!isSizes(offsets) || offsets.length !== 2) found.push(`data_offsets ${show(offsets)} are not two whole numbers`);
  else if (isSizes(shape) && isStoredDTypeName(dtype)) {
    const expected = sizeBytes(
      dtype,
      shape.reduce((product, size) => product * size, 1),
    );
    const received = (offsets[1] as number) - (offsets[0] as number);
    if (expected !== received)
      found.push(`${dtype} ${show(shape)} takes ${expected} bytes but data_offsets ${show(offsets)} span ${received}`);
  }
  for (const why of found) faults.push(`tensor ${quote(name)}: ${why}`);
  if (found.length) return undefined;
  const [begin, end] = offsets as [number, number];
  return { name, dtype: dtype as StoredDTypeName, shape: shape as number[], begin, end };
}

/** The format demands that the tensors cover the data exactly: no overlap, no hole that could hide something else. */
function checkCoverage(entries: readonly TensorEntry[], dataBytes: number, faults: string[]): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (end > dataBytes) faults.push(`tensor ${quote(name)}: ends at ${end} but the file has ${dataBytes} bytes of data`);
    else if (begin < covered) faults.push(`tensor ${quote(name)}: starts at ${begin} and overlaps another that ends at ${covered}`);
    else if (begin > covered) faults.push(`tensor ${quote(name)}: starts at ${begin}, which leaves a gap after ${covered}`);
    covered = Math.max(covered, end);
  }
  if (!faults.length && covered < dataBytes) faults.push(`${dataBytes - covered} bytes follow the last tensor`);
}

function checkMetadata(metadata: unknown, faults: string[]): Map<string, string> {
  if (!isRecord(metadata)) {
    faults.push(`__metadata__ is ${show(metadata)}, not an object of strings`);
    return new Map();
  }
  for (const [key, value] of Object.entries(metadata))
    if (typeof value !== 'string') faults.push(`__metadata__ ${quote(key)} is ${show(value)}, not a string`);
  return new Map(Object.entries(metadata) as [string, string][]);
}

const isRecord = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

/** A value of the header in a message; nested ones only by kind, as they may be deep enough to exhaust the stack. */
function show(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)) return JSON.stringify(value).slice(0, 80);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a nested list' : 'an object';
  return JSON.stringify(value).slice(0, 80);
}
