import { type FileDecoder, UnsupportedKindError } from './file-decoder.ts';
import { indexedToRgb } from './palette.ts';

interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Where the pixels start. */
  readonly start: number;
  readonly paletteAt: number;
  readonly colours: number;
  /** 3 in OS/2's first header, else 4. */
  readonly paletteStep: number;
  /** Red, green and blue. */
  readonly masks: readonly [number, number, number];
}

const HEADER_BYTES = [12, 40, 52, 56, 64, 108, 124];
const RAW = 0;
const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;

/**
 * Decodes a BMP: 1, 4 and 8 bits with a palette, plain or run-length coded, 16 bits (5-5-5, 5-6-5), 24 and 32 bits, under
 * every header of Windows and OS/2.
 */
export const decodeBmp: FileDecoder = (bytes, { checkSize }) => {
  const header = readHeader(bytes);
  const { width, height, bits, compression } = header;
  if (width < 1 || height < 1) throw new Error(`a bitmap of ${width}x${height}`);
  checkSize(width, height);
  if (bits === 1 || bits === 4 || bits === 8) {
    const indices = compression === RAW ? plainIndices(bytes, header) : runLengthIndices(bytes, header);
    return { width, height, data: indexedToRgb(indices, readPalette(bytes, header)) };
  }
  if (bits !== 16 && bits !== 24 && bits !== 32) throw new UnsupportedKindError(`a bitmap of ${bits} bits a pixel`);
  if (compression !== RAW && compression !== BITFIELDS) throw unsupportedCompression(header);
  return { width, height, data: bits === 16 ? sixteenBits(bytes, header) : wholeBytes(bytes, header) };
};

function readHeader(bytes: Uint8Array): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(14, true);
  if (!HEADER_BYTES.includes(headerBytes)) throw new UnsupportedKindError(`a bitmap with a header of ${headerBytes} bytes`);
  const isFirst = headerBytes === 12;
  const bits = view.getUint16(isFirst ? 24 : 28, true);
  const rows = isFirst ? view.getUint16(20, true) : view.getInt32(22, true);
  const compression = isFirst ? RAW : view.getUint32(30, true);
  const hasMasks = compression === BITFIELDS;
  const paletteStep = isFirst ? 3 : 4;
  const colours = (isFirst ? 0 : view.getUint32(46, true)) || 2 ** Math.min(bits, 8);
  const afterHeader = 14 + headerBytes;
  const masksEnd = hasMasks && headerBytes === 40 ? afterHeader + 12 : afterHeader;
  let start = view.getUint32(10, true) || masksEnd;
  // Some writers forget the palette when they say where the pixels start.
  if (start === afterHeader && bits <= 8) start += paletteStep * colours;
  return {
    width: isFirst ? view.getUint16(18, true) : view.getUint32(18, true),
    height: Math.abs(rows),
    isTopDown: rows < 0,
    bits,
    compression,
    start,
    paletteAt: masksEnd,
    colours,
    paletteStep,
    masks: hasMasks ? [view.getUint32(54, true), view.getUint32(58, true), view.getUint32(62, true)] : [0, 0, 0],
  };
}

function unsupportedCompression({ compression, bits }: BmpHeader): UnsupportedKindError {
  const names: Record<number, string> = { [RLE8]: 'RLE8', [RLE4]: 'RLE4', [BITFIELDS]: 'BITFIELDS', 4: 'JPEG', 5: 'PNG' };
  return new UnsupportedKindError(`a bitmap of ${bits} bits with compression ${compression} (${names[compression] ?? 'unknown'})`);
}

/** Where row `y` of the picture starts, and that the file is long enough for all of them. */
function rowReader(bytes: Uint8Array, { width, height, bits, start, isTopDown }: BmpHeader): (y: number) => number {
  const stride = Math.ceil((width * bits) / 32) * 4;
  // The last row needs no padding.
  if (start + stride * (height - 1) + Math.ceil((width * bits) / 8) > bytes.length) throw new Error('premature end of the pixels');
  return (y) => start + stride * (isTopDown ? y : height - 1 - y);
}

function plainIndices(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height, bits } = header;
  const rowAt = rowReader(bytes, header);
  const indices = new Uint8Array(width * height);
  const greatest = (1 << bits) - 1;
  for (let y = 0, to = 0; y < height; y++) {
    const row = rowAt(y);
    for (let bit = 0; bit < width * bits; bit += bits)
      indices[to++] = ((bytes[row + (bit >> 3)] as number) >> (8 - bits - (bit & 7))) & greatest;
  }
  return indices;
}

/** Runs and copies of RLE8 and RLE4; what they leave out has index 0. Rows come from the bottom, however the file says. */
function runLengthIndices(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height, compression, isTopDown, start } = header;
  if (compression !== RLE8 && compression !== RLE4) throw unsupportedCompression(header);
  const isRle4 = compression === RLE4;
  // Four bytes leave out 255 rows and columns at most: a short file that claims to be large gets no memory.
  if (width * height > Math.ceil((bytes.length - start) / 4) * 255 * (width + 1)) throw new Error('premature end of the runs');
  const indices = new Uint8Array(width * height);
  let to = 0;
  let x = 0;
  for (let at = start; to < indices.length; ) {
    if (at + 2 > bytes.length) throw new Error('premature end of the runs');
    const count = bytes[at++] as number;
    const value = bytes[at++] as number;
    if (count > 0) {
      // A run does not go on in the next row.
      const pixels = Math.max(0, Math.min(count, width - x));
      for (let i = 0; i < pixels && to < indices.length; i++) indices[to++] = isRle4 ? (i % 2 ? value & 15 : value >> 4) : value;
      x += pixels;
    } else if (value === 0) {
      to = Math.ceil(to / width) * width;
      x = 0;
    } else if (value === 1) {
      throw new Error(`the runs end after ${to} of ${indices.length} pixels`);
    } else if (value === 2) {
      if (at + 2 > bytes.length) throw new Error('premature end of the runs');
      to = Math.min(indices.length, to + (bytes[at] as number) + (bytes[at + 1] as number) * width);
      at += 2;
      x = to % width;
    } else {
      const pixels = Math.min(value, indices.length - to);
      const length = isRle4 ? Math.ceil(pixels / 2) : pixels;
      if (at + length > bytes.length) throw new Error('premature end of the runs');
      for (let i = 0; i < pixels; i++) {
        const byte = bytes[at + (isRle4 ? i >> 1 : i)] as number;
        indices[to++] = isRle4 ? (i % 2 ? byte & 15 : byte >> 4) : byte;
      }
      x += value;
      at += length;
      at += at % 2; // copies end at an even byte of the file
    }
  }
  if (isTopDown) return indices;
  const upright = new Uint8Array(indices.length);
  for (let y = 0; y < height; y++) upright.set(indices.subarray(y * width, (y + 1) * width), (height - 1 - y) * width);
  return upright;
}

function readPalette(bytes: Uint8Array, { paletteAt, colours, paletteStep }: BmpHeader): Uint8Array {
  const palette = new Uint8Array(256 * 3);
  for (let i = 0; i < Math.min(colours, 256); i++) {
    const from = paletteAt + i * paletteStep;
    palette.set([bytes[from + 2] ?? 0, bytes[from + 1] ?? 0, bytes[from] ?? 0], i * 3);
  }
  return palette;
}

function sixteenBits(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height, compression, masks } = header;
  const layout = compression === RAW ? '7c00 3e0 1f' : masks.map((mask) => mask.toString(16)).join(' ');
  if (layout !== '7c00 3e0 1f' && layout !== 'f800 7e0 1f')
    throw new UnsupportedKindError(`a bitmap of 16 bits with the masks ${layout}, neither 5-5-5 nor 5-6-5,`);
  const greenBits = layout === 'f800 7e0 1f' ? 6 : 5;
  const greens = 2 ** greenBits - 1;
  const rowAt = rowReader(bytes, header);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, from = rowAt(y); x < width; x++, from += 2) {
      const pixel = (bytes[from] as number) + (bytes[from + 1] as number) * 256;
      // Pillow's integer division: not the nearest level.
      data[to++] = Math.floor((((pixel >> (5 + greenBits)) & 31) * 255) / 31);
      data[to++] = Math.floor((((pixel >> 5) & greens) * 255) / greens);
      data[to++] = Math.floor(((pixel & 31) * 255) / 31);
    }
  }
  return data;
}

/** 24 and 32 bits, each colour in a byte of its own; a fourth byte is dropped. */
function wholeBytes(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height, bits, masks } = header;
  const isUsual = masks.every((mask) => mask === 0); // blue, green, red
  const [red = 0, green = 0, blue = 0] = isUsual ? [2, 1, 0] : masks.map((mask) => [0xff, 0xff00, 0xff0000, 0xff000000].indexOf(mask));
  const step = bits / 8;
  if (![red, green, blue].every((byte) => byte >= 0 && byte < step))
    throw new UnsupportedKindError(`a bitmap of ${bits} bits with the masks ${masks.map((mask) => mask.toString(16)).join(' ')}`);
  const rowAt = rowReader(bytes, header);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, from = rowAt(y); x < width; x++, from += step) {
      data[to++] = bytes[from + red] as number;
      data[to++] = bytes[from + green] as number;
      data[to++] = bytes[from + blue] as number;
    }
  }
  return data;
}
