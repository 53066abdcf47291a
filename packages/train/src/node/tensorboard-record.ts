import { maskedCrc32c } from './crc32c.ts';

/** One TensorBoard event: a wall time in seconds, a step, and what happened. */
export interface BoardEvent {
  readonly wallTime: number;
  readonly step?: number;
  readonly what:
    | { readonly fileVersion: string }
    | { readonly sessionStart: true }
    | { readonly scalars: Readonly<Record<string, number>> };
}

/**
 * A record of a TensorBoard event file: length, its checksum, the event, its checksum.
 *
 * @see tensorflow/core/util/event.proto and tensorflow/core/lib/io/record_writer.cc of TensorFlow
 */
export function record(event: BoardEvent): Uint8Array {
  const data = encodeEvent(event);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(data.length), true);
  return join(length, uint32(maskedCrc32c(length)), data, uint32(maskedCrc32c(data)));
}

function encodeEvent({ wallTime, step = 0, what }: BoardEvent): Uint8Array {
  const parts = [key(1, 1), float64(wallTime), ...(step ? [key(2, 0), varint(step)] : [])];
  if ('fileVersion' in what) parts.push(bytes(3, text(what.fileVersion)));
  else if ('sessionStart' in what) parts.push(bytes(7, join(key(1, 0), varint(1))));
  else {
    // summary: repeated value { tag = 1: string, simple_value = 2: float }
    const values = Object.entries(what.scalars).map(([tag, value]) => bytes(1, join(bytes(1, text(tag)), key(2, 5), float32(value))));
    parts.push(bytes(5, join(...values)));
  }
  return join(...parts);
}

// Protocol buffers' wire format: keys are field numbers with a wire type, 0 varint, 1 eight bytes, 2 a length and bytes, 5 four bytes.
const key = (field: number, type: 0 | 1 | 2 | 5): Uint8Array => Uint8Array.of((field << 3) | type);
const bytes = (field: number, data: Uint8Array): Uint8Array => join(key(field, 2), varint(data.length), data);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.of(...out, rest);
}

function uint32(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value, true);
  return out;
}

function float32(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setFloat32(0, value, true);
  return out;
}

function float64(value: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setFloat64(0, value, true);
  return out;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
