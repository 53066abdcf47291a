import { CheckpointError } from '../checkpoint-error.ts';

/** The pickle goes on behind the bytes at hand: more of the file is needed, or it is truncated. */
export class PickleEndError extends CheckpointError {}

/** Reads a pickle's little-endian arguments, front to back. */
export class PickleInput {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  uint8 = (): number => this.#view.getUint8(this.#advance(1));
  uint16 = (): number => this.#view.getUint16(this.#advance(2), true);
  uint32 = (): number => this.#view.getUint32(this.#advance(4), true);
  int32 = (): number => this.#view.getInt32(this.#advance(4), true);
  /** Pickles alone write floats big-endian. */
  float64 = (): number => this.#view.getFloat64(this.#advance(8), false);

  /** A length; none that exceeds what can be at hand is believed. */
  uint64(): number {
    const length = this.#view.getBigUint64(this.#advance(8), true);
    if (length > Number.MAX_SAFE_INTEGER)
      throw new CheckpointError(`the pickle holds an item of ${length} bytes at offset ${this.position}. It is damaged.`);
    return Number(length);
  }

  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return new Uint8Array(this.#bytes.subarray(start, start + length));
  }

  utf8(length: number): string {
    const start = this.position;
    return decodeUtf8(this.bytes(length), start);
  }

  /** A string of Python 2, which is text where it is UTF-8, and else bytes. */
  string(length: number): string | Uint8Array {
    const bytes = this.bytes(length);
    try {
      return UTF8.decode(bytes);
    } catch {
      return bytes;
    }
  }

  /** UTF-8 up to a newline, as protocols up to 3 write the names of globals. */
  line(): string {
    const start = this.position;
    return decodeUtf8(this.#line(), start);
  }

  /** Bytes up to a newline, one character each, as protocol 0 writes everything; `limit` is in bytes. */
  latin1Line(limit = Number.POSITIVE_INFINITY): string {
    const start = this.position;
    const line = this.#line();
    if (line.length > limit)
      throw new CheckpointError(`the pickle holds a number of ${line.length} digits at offset ${start}; at most ${limit} are read.`);
    let text = '';
    for (const byte of line) text += String.fromCharCode(byte); // TextDecoder's latin1 is windows-1252
    return text;
  }

  #line(): Uint8Array {
    const end = this.#bytes.indexOf(0x0a, this.position);
    if (end < 0) throw new PickleEndError(`the pickle ends at offset ${this.#bytes.length} inside a line`);
    const line = this.#bytes.subarray(this.position, end);
    this.position = end + 1;
    return line;
  }

  /** Moves on and returns where it was. */
  #advance(length: number): number {
    const start = this.position;
    if (length > this.#bytes.length - start)
      throw new PickleEndError(`the pickle ends at offset ${this.#bytes.length}; ${length} more bytes were due at ${start}`);
    this.position = start + length;
    return start;
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array, offset: number): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new CheckpointError(`the pickle holds a string at offset ${offset} that is not UTF-8. It is damaged.`, { cause });
  }
}
