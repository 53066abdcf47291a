import type { StateDict, StoredTensor } from '@resnetjs/core';
import { CheckpointError, listFaults, quote } from '../checkpoint-error.ts';
import { fromFloat32 } from '../dtype.ts';
import { nameFault } from '../unsafe-names.ts';
import { LENGTH_BYTES } from './header.ts';

export interface WriteSafetensorsOptions {
  /** Strings for `__metadata__`; `format: 'pt'`, which Python's readers ask for, is there already. */
  readonly metadata?: ReadonlyMap<string, string> | Readonly<Record<string, string>>;
  /** Puts an int64 0 named `…num_batches_tracked` behind every `…running_var`, as PyTorch's batch norms have. */
  readonly counters?: boolean;
}

/** A whole safetensors file in one buffer; `safetensorsParts` saves the copy. */
export function writeSafetensors(tensors: StateDict, options: WriteSafetensorsOptions = {}): Uint8Array {
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
 * which must not change until the pieces are written.
 *
 * The header keeps the tensors' order. int64 counters come before the float32 data, so that all of it is aligned.
 *
 * @throws CheckpointError listing every tensor whose data does not fill its shape or whose name is unusable.
 */
export function safetensorsParts(
  tensors: StateDict,
  { metadata = {}, counters = false }: WriteSafetensorsOptions = {},
): Uint8Array<ArrayBuffer>[] {
  check(tensors);
  const strings = metadata instanceof Map ? metadata : new Map(Object.entries(metadata));
  const counted = counters ? [...tensors.keys()].filter((name) => hasCounter(name, tensors)) : [];
  const header: Record<string, unknown> = { __metadata__: Object.fromEntries([['format', 'pt'], ...strings]) };
  let counterEnd = 0;
  let end = counted.length * 8;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
    if (counters && hasCounter(name, tensors)) {
      header[counterOf(name)] = { dtype: 'I64', shape: [], data_offsets: [counterEnd, counterEnd + 8] };
      counterEnd += 8;
    }
  }
  const parts = [headerBytes(header), new Uint8Array(counted.length * 8), ...[...tensors.values()].map(({ data }) => fromFloat32(data))];
  return parts as Uint8Array<ArrayBuffer>[];
}

const counterOf = (runningVar: string): string => runningVar.replace(/running_var$/, 'num_batches_tracked');

const hasCounter = (name: string, tensors: StateDict): boolean => /(^|\.)running_var$/.test(name) && !tensors.has(counterOf(name));

/** The length and the JSON, padded with spaces so that the data starts at a multiple of 8. */
function headerBytes(header: Record<string, unknown>): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.byteLength / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

function check(tensors: StateDict): void {
  const faults = [...tensors].flatMap(([name, { shape, data }]) => {
    const fault = name === '__metadata__' ? 'the name is taken by the format' : (nameFault(name) ?? shapeFault({ shape, data }));
    return fault ? [`tensor ${quote(name)}: ${fault}`] : [];
  });
  if (faults.length) throw new CheckpointError(`Nothing was written: ${listFaults(faults)}.`);
}

function shapeFault({ shape, data }: StoredTensor): string | undefined {
  const size = shape.reduce((product, length) => product * length, 1);
  return size === data.length ? undefined : `shape [${shape.join(',')}] needs ${size} numbers but there are ${data.length}`;
}
