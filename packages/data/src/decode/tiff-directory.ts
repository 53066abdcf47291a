import { UnsupportedKindError } from './file-decoder.ts';

/** The tags of a TIFF that a decoder reads. */
export const TAG = {
  subfileType: 254,
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samples: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planar: 284,
  predictor: 317,
  colourMap: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  subDirectories: 330,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
  ycbcrCoefficients: 529,
  ycbcrSubsampling: 530,
  referenceBlackWhite: 532,
  dngVersion: 50706,
} as const;

const KNOWN = new Set<number>(Object.values(TAG));

/** How the values of a type are read: bytes of one, and the function. */
const TYPES: Record<number, readonly [number, (view: DataView, at: number, little: boolean) => number]> = {
  1: [1, (view, at) => view.getUint8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at, little) => view.getUint16(at, little)],
  4: [4, (view, at, little) => view.getUint32(at, little)],
  5: [8, (view, at, little) => view.getUint32(at, little) / view.getUint32(at + 4, little)],
  6: [1, (view, at) => view.getInt8(at)],
  7: [1, (view, at) => view.getUint8(at)],
  8: [2, (view, at, little) => view.getInt16(at, little)],
  9: [4, (view, at, little) => view.getInt32(at, little)],
  10: [8, (view, at, little) => view.getInt32(at, little) / view.getInt32(at + 4, little)],
  11: [4, (view, at, little) => view.getFloat32(at, little)],
  12: [8, (view, at, little) => view.getFloat64(at, little)],
  13: [4, (view, at, little) => view.getUint32(at, little)],
  16: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
  17: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  18: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
};

/** The first directory of a TIFF or BigTIFF, which describes its first picture. */
export class TiffDirectory {
  private readonly tags: ReadonlyMap<number, readonly number[]>;

  /** Of all values in the file, samples included. */
  readonly isLittleEndian: boolean;

  constructor(tags: ReadonlyMap<number, readonly number[]>, isLittleEndian: boolean) {
    this.tags = tags;
    this.isLittleEndian = isLittleEndian;
  }

  /** All values of a tag; none if it is absent. */
  list(tag: number): readonly number[] {
    return this.tags.get(tag) ?? [];
  }

  /** The one value of a tag. @throws Error if it is absent and has no `fallback` */
  number(tag: number, fallback?: number): number {
    const value = this.list(tag)[0] ?? fallback;
    if (value === undefined) throw new Error(`tag ${tag} is missing`);
    return value;
  }
}

export function readTiffDirectory(bytes: Uint8Array): TiffDirectory {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isCanonRaw = bytes[8] === 0x43 && bytes[9] === 0x52;
  const little = bytes[0] === 0x49;
  const isBig = bytes[2] === 43 || bytes[3] === 43;
  const word = (at: number) => (isBig ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  const start = word(isBig ? 8 : 4);
  const count = isBig ? word(start) : view.getUint16(start, little);
  const [headBytes, entryBytes, inlineBytes] = isBig ? [8, 20, 8] : [2, 12, 4];
  const tags = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const at = start + headBytes + i * entryBytes;
    const tag = view.getUint16(at, little);
    const type = TYPES[view.getUint16(at + 2, little)];
    // The first counts where a tag comes twice.
    if (!KNOWN.has(tag) || !type || tags.has(tag)) continue;
    const [size, read] = type;
    const length = word(at + 4);
    const valueAt = at + (isBig ? 12 : 8);
    const from = length * size > inlineBytes ? word(valueAt) : valueAt;
    if (from + length * size > bytes.length) throw new Error(`the values of tag ${tag} lie beyond the end`);
    const values = Array.from({ length }, (_, n) => read(view, from + n * size, little));
    tags.set(tag, values);
  }
  const directory = new TiffDirectory(tags, little);
  const isPreview = (directory.number(TAG.subfileType, 0) & 1) === 1 && directory.list(TAG.subDirectories).length > 0;
  if (isCanonRaw || isPreview || directory.list(TAG.dngVersion).length > 0)
    throw new UnsupportedKindError('a camera’s raw file, whose first picture is a small preview,');
  return directory;
}
