/** One colour component of a frame. */
export interface JpegComponent {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  readonly quantization: number;
  /** Huffman tables, set by the scan's header. */
  dc: number;
  ac: number;
}

/** A Huffman table as the file has it, in its bytes: how many codes of each length 1..16, and the symbols by code. */
export interface HuffmanSpec {
  readonly counts: Uint8Array;
  readonly symbols: Uint8Array;
}

/** What a baseline JPEG says before its one scan. */
export interface BaselineJpeg {
  readonly width: number;
  readonly height: number;
  readonly components: readonly JpegComponent[];
  /** By number: 64 values in zigzag order. */
  readonly quantization: readonly (Uint16Array | undefined)[];
  readonly dcTables: readonly (HuffmanSpec | undefined)[];
  readonly acTables: readonly (HuffmanSpec | undefined)[];
  /** MCUs between restart markers; 0: none. */
  readonly restartEvery: number;
  readonly hasJfif: boolean;
  /** Transform of an Adobe marker: 0 is RGB, 1 YCbCr. */
  readonly adobeTransform: number | undefined;
  /** Byte where coded data start. */
  readonly scanStart: number;
}

/**
 * Reads the headers of a JPEG up to its first scan.
 *
 * @returns undefined for what is not a well-formed 8-bit baseline file with all components in one scan
 */
export function readBaselineJpeg(bytes: Uint8Array): BaselineJpeg | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const quantization: (Uint16Array | undefined)[] = [];
  const dcTables: (HuffmanSpec | undefined)[] = [];
  const acTables: (HuffmanSpec | undefined)[] = [];
  let frame: { width: number; height: number; components: JpegComponent[] } | undefined;
  let restartEvery = 0;
  let hasJfif = false;
  let adobeTransform: number | undefined;

  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] as number;
    const length = view.getUint16(at + 2);
    const segment = bytes.subarray(at + 4, at + 2 + length);
    if (length < 2 || segment.length !== length - 2) return undefined;
    at += 2 + length;
    if (marker === 0xdb) {
      if (!readQuantization(segment, quantization)) return undefined;
    } else if (marker === 0xc4) {
      if (!readHuffman(segment, dcTables, acTables)) return undefined;
    } else if (marker === 0xc0 || marker === 0xc1) {
      if (frame) return undefined;
      frame = readFrame(segment);
      if (!frame) return undefined;
    } else if (marker === 0xdd) {
      restartEvery = length === 4 ? view.getUint16(at - 2) : 0;
    } else if (marker === 0xe0) {
      // As libjpeg has it: a shorter one says nothing.
      hasJfif ||= startsWith(segment, 'JFIF\0') && segment.length >= 14;
    } else if (marker === 0xee) {
      if (startsWith(segment, 'Adobe') && segment.length >= 12) adobeTransform = segment[11];
    } else if (marker === 0xda) {
      if (!frame || !readScan(segment, frame.components)) return undefined;
      return { ...frame, quantization, dcTables, acTables, restartEvery, hasJfif, adobeTransform, scanStart: at };
    } else if (!(marker > 0xe0 && marker <= 0xef) && marker !== 0xfe) {
      return undefined; // progressive, arithmetic, lossless, or nothing known
    }
  }
  return undefined;
}

function startsWith(segment: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (segment[i] !== text.charCodeAt(i)) return false;
  return true;
}

function readQuantization(segment: Uint8Array, tables: (Uint16Array | undefined)[]): boolean {
  for (let at = 0; at < segment.length; ) {
    const head = segment[at++] as number;
    const wide = head >> 4;
    const bytes = segment.subarray(at, at + 64 * (wide + 1));
    if (wide > 1 || (head & 15) > 3 || bytes.length !== 64 * (wide + 1)) return false;
    const values = new Uint16Array(64);
    if (wide) for (let i = 0; i < 64; i++) values[i] = (bytes[2 * i] as number) * 256 + (bytes[2 * i + 1] as number);
    else values.set(bytes);
    tables[head & 15] = values;
    at += bytes.length;
  }
  return true;
}

function readHuffman(segment: Uint8Array, dcTables: (HuffmanSpec | undefined)[], acTables: (HuffmanSpec | undefined)[]): boolean {
  for (let at = 0; at < segment.length; ) {
    const head = segment[at] as number;
    const counts = segment.subarray(at + 1, at + 17);
    let total = 0;
    for (const count of counts) total += count;
    const symbols = segment.subarray(at + 17, at + 17 + total);
    if (head >> 4 > 1 || (head & 15) > 3 || counts.length !== 16 || total > 256 || symbols.length !== total) return false;
    (head >> 4 ? acTables : dcTables)[head & 15] = { counts, symbols };
    at += 17 + total;
  }
  return true;
}

function readFrame(segment: Uint8Array) {
  // By index: taking a typed array apart calls an iterator, which costs a small file a tenth of its time.
  const byte = (at: number) => segment[at] ?? 0;
  const count = byte(5);
  if (byte(0) !== 8 || segment.length !== 6 + 3 * count) return undefined;
  const components: JpegComponent[] = [];
  for (let at = 6; at < segment.length; at += 3) {
    const sampling = byte(at + 1);
    components.push({ id: byte(at), across: sampling >> 4, down: sampling & 15, quantization: byte(at + 2), dc: -1, ac: -1 });
  }
  return { width: byte(3) * 256 + byte(4), height: byte(1) * 256 + byte(2), components };
}

function readScan(segment: Uint8Array, components: readonly JpegComponent[]): boolean {
  const count = segment[0] as number;
  if (count !== components.length || segment.length !== 4 + 2 * count) return false;
  for (const [c, component] of components.entries()) {
    if (segment[1 + 2 * c] !== component.id) return false;
    const tables = segment[2 + 2 * c] as number;
    component.dc = tables >> 4;
    component.ac = tables & 15;
  }
  // A baseline scan is of all 64 coefficients at full precision.
  return segment[1 + 2 * count] === 0 && segment[2 + 2 * count] === 63 && segment[3 + 2 * count] === 0;
}
