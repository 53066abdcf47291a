import { cmykToRgb } from './cmyk.ts';
import { UnsupportedKindError } from './file-decoder.ts';
import { greyToRgb, indexedToRgb } from './palette.ts';
import { COMPRESSION } from './tiff-compression.ts';
import { TAG, type TiffDirectory } from './tiff-directory.ts';
import { libtiffYcbcr, pillowYcbcr } from './tiff-ycbcr.ts';

/** How the samples of a TIFF stand in its rows and become RGB. */
export interface SampleKind {
  /** Bits of one sample. */
  readonly bits: number;
  /** Samples of a pixel, extra ones included. */
  readonly samples: number;
  /** Of rows without padding but to whole bytes, `width` pixels each. */
  readonly toRgb: (rows: Uint8Array, width: number) => Uint8Array;
}

export const PHOTOMETRIC = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, palette: 3, cmyk: 5, ycbcr: 6 } as const;

const COLOUR_NAMES: Record<number, string> = { 4: 'a mask', 8: 'CIE Lab', 9: 'ICC Lab', 10: 'ITU Lab', 32803: 'a sensor’s colours' };
const [UNSIGNED, SIGNED, FLOAT] = [1, 2, 3];
const PREMULTIPLIED = 1;

/** Finds the kind that the tags describe. @throws UnsupportedKindError, naming it, where Pillow has none either */
export function sampleKind(directory: TiffDirectory): SampleKind {
  const photometric = directory.number(TAG.photometric, PHOTOMETRIC.whiteIsZero);
  const colours = coloursOf(photometric);
  const extras = directory.list(TAG.extraSamples);
  const samples = directory.number(TAG.samples, 1);
  const [bits = 1, ...more] = directory.list(TAG.bits);
  const [format = UNSIGNED, ...formats] = directory.list(TAG.sampleFormat);
  const name = `${samples} samples of ${bits} bits`;
  if (more.slice(0, samples - 1).some((other) => other !== bits) || formats.slice(0, samples - 1).some((other) => other !== format))
    throw new UnsupportedKindError('a TIFF whose samples differ in their bits or format');
  if (samples < colours && !(photometric === PHOTOMETRIC.ycbcr && samples === 1)) throw new Error(`${name}, of ${colours} colours`);
  if (samples > 6) throw new UnsupportedKindError(`a TIFF with ${name}`);

  const kind = (toRgb: SampleKind['toRgb']): SampleKind => ({ bits, samples, toRgb });
  if (samples === 1 && (bits >= 32 || (bits === 16 && format === SIGNED))) {
    const value = clippedReader(bits, format, directory.isLittleEndian);
    if (!value || photometric === PHOTOMETRIC.palette) throw new UnsupportedKindError(`a TIFF with ${name} of format ${format}`);
    return kind((rows) => greyToRgb(clipped(rows, bits / 8, value)));
  }
  if (format !== UNSIGNED && !(samples === 1 && bits === 8)) throw new UnsupportedKindError(`a TIFF with ${name} of format ${format}`);
  if (samples === 1 && [1, 2, 4, 8, 12].includes(bits)) {
    const palette =
      photometric === PHOTOMETRIC.palette
        ? colourMap(directory, bits)
        : greyLevels(Math.min(bits, 8), photometric === PHOTOMETRIC.whiteIsZero);
    return kind((rows, width) => indexedToRgb(unpacked(rows, width, bits), palette));
  }
  if (bits !== 8 && bits !== 16) throw new UnsupportedKindError(`a TIFF with ${name}`);
  const toBytes = bits === 8 ? (rows: Uint8Array) => rows : (rows: Uint8Array) => highBytes(rows, directory.isLittleEndian);

  if (photometric === PHOTOMETRIC.ycbcr && samples === 3 && bits === 8) {
    const toRgb = ycbcrConverter(directory);
    return kind((rows) => {
      toRgb(rows);
      return rows;
    });
  }
  if (photometric === PHOTOMETRIC.cmyk) return kind((rows) => cmykToRgb(firstOf(toBytes(rows), samples, 4)));
  if (photometric === PHOTOMETRIC.rgb) {
    const isPremultiplied = samples > 3 && extras[0] === PREMULTIPLIED;
    return kind((rows) => {
      const bytes = toBytes(rows);
      if (isPremultiplied) undoAlpha(bytes, samples);
      return firstOf(bytes, samples, 3);
    });
  }
  if (photometric === PHOTOMETRIC.palette && bits === 8) {
    const palette = colourMap(directory, bits);
    return kind((rows) => indexedToRgb(firstOf(rows, samples, 1), palette));
  }
  if (colours === 1) {
    const palette = greyLevels(8, photometric === PHOTOMETRIC.whiteIsZero);
    return kind((rows) => indexedToRgb(firstOf(toBytes(rows), samples, 1), palette));
  }
  throw new UnsupportedKindError(`a TIFF with ${name} of colour space ${photometric}`);
}

function coloursOf(photometric: number): number {
  switch (photometric) {
    case PHOTOMETRIC.whiteIsZero:
    case PHOTOMETRIC.blackIsZero:
    case PHOTOMETRIC.palette:
      return 1;
    case PHOTOMETRIC.rgb:
    case PHOTOMETRIC.ycbcr:
      return 3;
    case PHOTOMETRIC.cmyk:
      return 4;
    default:
      throw new UnsupportedKindError(`a TIFF of colour space ${photometric} (${COLOUR_NAMES[photometric] ?? 'unknown'})`);
  }
}

function ycbcrConverter(directory: TiffDirectory) {
  const subsampling = directory.list(TAG.ycbcrSubsampling);
  const [across = 2, down = 2] = subsampling;
  if (across !== 1 || down !== 1) throw new UnsupportedKindError(`a TIFF of YCbCr with subsampling ${across}x${down} that is not JPEG`);
  if (directory.number(TAG.compression, 1) === COMPRESSION.none) return pillowYcbcr();
  const [coefficients, referenceBlackWhite] = [directory.list(TAG.ycbcrCoefficients), directory.list(TAG.referenceBlackWhite)];
  return libtiffYcbcr({ coefficients, referenceBlackWhite });
}

/** Samples of 1 to 8 bits in a byte each; of 12, their highest 8 bits. Rows start at whole bytes. */
function unpacked(rows: Uint8Array, width: number, bits: number): Uint8Array {
  if (bits === 8) return rows;
  const rowBytes = Math.ceil((width * bits) / 8);
  const out = new Uint8Array(width * Math.floor(rows.length / rowBytes));
  const kept = Math.min(bits, 8);
  const greatest = (1 << kept) - 1;
  for (let row = 0, to = 0; to < out.length; row += rowBytes) {
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      const at = row + (bit >> 3);
      const word = (rows[at] as number) * 256 + (rows[at + 1] ?? 0);
      out[to++] = (word >> (16 - kept - (bit & 7))) & greatest;
    }
  }
  return out;
}

/** The greater byte of each 16-bit sample. */
function highBytes(rows: Uint8Array, isLittleEndian: boolean): Uint8Array {
  const out = new Uint8Array(rows.length >> 1);
  for (let i = 0, from = isLittleEndian ? 1 : 0; i < out.length; i++, from += 2) out[i] = rows[from] as number;
  return out;
}

/** The first `kept` of each `samples` bytes. */
function firstOf(bytes: Uint8Array, samples: number, kept: number): Uint8Array {
  if (samples === kept) return bytes;
  const pixels = Math.floor(bytes.length / samples);
  const out = new Uint8Array(pixels * kept);
  for (let i = 0, to = 0; i < pixels; i++) for (let c = 0; c < kept; c++) out[to++] = bytes[i * samples + c] as number;
  return out;
}

/** Divides colours by the alpha that they were multiplied with: what is fully transparent is black. */
function undoAlpha(bytes: Uint8Array, samples: number): void {
  for (let at = 0; at + 3 < bytes.length; at += samples) {
    const alpha = bytes[at + 3] as number;
    if (alpha === 255) continue;
    for (let c = at; c < at + 3; c++) bytes[c] = alpha === 0 ? 0 : Math.min(255, Math.floor(((bytes[c] as number) * 255) / alpha));
  }
}

type ValueReader = (view: DataView, at: number) => number;

function clippedReader(bits: number, format: number, little: boolean): ValueReader | undefined {
  if (bits === 16 && format === SIGNED) return (view, at) => view.getInt16(at, little);
  if (bits !== 32) return undefined;
  if (format === FLOAT) return (view, at) => view.getFloat32(at, little);
  // Pillow has no greater integers than signed ones.
  return format === UNSIGNED || format === SIGNED ? (view, at) => view.getInt32(at, little) : undefined;
}

/** Numbers cut to 0…255 and to whole ones, as Pillow takes what is not of 8 bits. */
function clipped(rows: Uint8Array, size: number, value: ValueReader): Uint8Array {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  return Uint8Array.from({ length: Math.floor(rows.length / size) }, (_, i) => Math.min(255, Math.max(0, value(view, i * size))));
}

function greyLevels(bits: number, isInverted: boolean): Uint8Array {
  const palette = new Uint8Array(256 * 3);
  const greatest = 2 ** bits - 1;
  for (let i = 0; i <= greatest; i++) palette.fill(((isInverted ? greatest - i : i) * 255) / greatest, i * 3, i * 3 + 3);
  return palette;
}

/** Red, green and blue of all entries stand one after the other, in 16 bits. */
function colourMap(directory: TiffDirectory, bits: number): Uint8Array {
  const map = directory.list(TAG.colourMap);
  const count = Math.floor(map.length / 3);
  if (count < 2 ** bits) throw new Error(`a palette of ${map.length} values for ${bits} bits`);
  const palette = new Uint8Array(256 * 3);
  for (let i = 0; i < 2 ** bits; i++) for (let c = 0; c < 3; c++) palette[i * 3 + c] = (map[c * count + i] as number) >> 8;
  return palette;
}
