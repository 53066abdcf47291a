import type { FileDecoder } from './file-decoder.ts';
import { greyToRgb } from './palette.ts';

const isSpace = (byte: number | undefined) => byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
const isLineEnd = (byte: number) => byte === 0x0a || byte === 0x0d;
const HASH = 0x23;
const MAX_DIGITS = 10;

/**
 * Decodes a PBM, PGM or PPM, plain (`P1` to `P3`) or binary (`P4` to `P6`). Values of another maximum than 255 are scaled and
 * rounded to even, as Pillow does; grey of more than 8 bits too, which Pillow clips to white.
 */
export const decodePnm: FileDecoder = (bytes, { checkSize }) => {
  const tokens = new Tokens(bytes, 2);
  const kind = (bytes[1] as number) - 0x30;
  const [width, height] = [tokens.number(), tokens.number()];
  const isBits = kind === 1 || kind === 4;
  const maximum = isBits ? 1 : tokens.number();
  if (width < 1 || height < 1) throw new Error(`a picture of ${width}x${height}`);
  if (maximum < 1 || maximum > 65535) throw new Error(`expected a greatest value of 1 to 65535 but read ${maximum}`);
  checkSize(width, height);
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const count = width * height * channels;
  const rest = bytes.subarray(tokens.at);
  let values: Uint8Array;
  if (kind === 4) values = packedBits(rest, width, height);
  else if (kind === 1) values = plainBits(rest, count);
  else if (kind < 4) values = plainValues(rest, count, maximum);
  else values = binaryValues(rest, count, maximum);
  return { width, height, data: channels === 3 ? values : greyToRgb(values) };
};

/** Reads the words of a PNM: between white space, comments left out. */
class Tokens {
  private readonly bytes: Uint8Array;
  /** Just behind the one white space that ended the last word. */
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** The next word as a whole number. Throws where there is none. */
  number(): number {
    const { bytes } = this;
    let word = '';
    for (;;) {
      if (this.at >= bytes.length) break;
      const byte = bytes[this.at++] as number;
      if (byte === HASH) {
        while (this.at < bytes.length && !isLineEnd(bytes[this.at++] as number));
      } else if (!isSpace(byte)) {
        word += String.fromCharCode(byte);
        if (word.length > MAX_DIGITS) throw new Error(`expected a number but read ${JSON.stringify(word)}`);
      } else if (word) break;
    }
    if (word === '') throw new Error('premature end of the numbers');
    if (!/^\d+$/.test(word)) throw new Error(`expected a number but read ${JSON.stringify(word)}`);
    return Number(word);
  }
}

/** The level of each value, of 0 to 255. */
function levels(maximum: number): Uint8Array {
  return Uint8Array.from({ length: maximum + 1 }, (_, value) => roundToEven((value / maximum) * 255));
}

/** As Python rounds: halves to the even neighbour. */
function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function binaryValues(bytes: Uint8Array, count: number, maximum: number): Uint8Array {
  const width = maximum < 256 ? 1 : 2;
  if (bytes.length < count * width) throw new Error(`premature end of the pixels: ${bytes.length} of ${count * width} bytes`);
  if (maximum === 255) return bytes.slice(0, count);
  const level = levels(maximum);
  const values = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const value = width === 1 ? (bytes[i] as number) : (bytes[2 * i] as number) * 256 + (bytes[2 * i + 1] as number);
    values[i] = value > maximum ? 255 : (level[value] as number);
  }
  return values;
}

function packedBits(bytes: Uint8Array, width: number, height: number): Uint8Array {
  const stride = Math.ceil(width / 8);
  if (bytes.length < stride * height) throw new Error(`premature end of the pixels: ${bytes.length} of ${stride * height} bytes`);
  const values = new Uint8Array(width * height);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++) values[to++] = (bytes[y * stride + (x >> 3)] as number) & (0x80 >> (x & 7)) ? 0 : 255;
  return values;
}

/** `0` is white, `1` black; white space between them may be left out. */
function plainBits(bytes: Uint8Array, count: number): Uint8Array {
  assertRoom(bytes, count, 1);
  const values = new Uint8Array(count);
  let to = 0;
  for (let at = 0; at < bytes.length && to < count; at++) {
    const byte = bytes[at] as number;
    if (byte === HASH) {
      while (at + 1 < bytes.length && !isLineEnd(bytes[at] as number)) at++;
    } else if (byte === 0x30 || byte === 0x31) {
      values[to++] = byte === 0x30 ? 255 : 0;
    } else if (!isSpace(byte)) {
      throw new Error(`expected 0 or 1 but read ${JSON.stringify(String.fromCharCode(byte))}`);
    }
  }
  if (to < count) throw new Error(`premature end of the pixels: ${to} of ${count}`);
  return values;
}

function plainValues(bytes: Uint8Array, count: number, maximum: number): Uint8Array {
  assertRoom(bytes, count, 2);
  const level = levels(maximum);
  const values = new Uint8Array(count);
  const tokens = new Tokens(bytes, 0);
  for (let i = 0; i < count; i++) {
    const value = tokens.number();
    if (value > maximum) throw new Error(`read the value ${value}, more than the greatest, ${maximum}`);
    values[i] = level[value] as number;
  }
  return values;
}

/** A short file that claims to be large gets no memory: `count` values of `size` characters at least, but for the last space. */
function assertRoom(bytes: Uint8Array, count: number, size: number): void {
  if (bytes.length + 1 < count * size) throw new Error(`premature end of the pixels: ${bytes.length} bytes for ${count}`);
}
