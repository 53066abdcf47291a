import { type FileDecoder, UnsupportedKindError } from './file-decoder.ts';
import { GifCodes } from './gif-codes.ts';
import { indexedToRgb } from './palette.ts';

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly isInterlaced: boolean;
  readonly palette: Uint8Array | undefined;
  readonly transparent: number | undefined;
  /** Where the size of a code stands, before the blocks of codes. */
  readonly start: number;
}

/** First row and step of each pass of an interlaced picture. */
const PASSES = [
  [0, 8],
  [4, 8],
  [2, 4],
  [1, 2],
] as const;
const ONE_PASS = [[0, 1]] as const;

/**
 * Decodes the first frame of a GIF on its screen. As Pillow does, a transparent pixel has the palette's colour, and what the
 * frame leaves free has the transparent colour, or else the palette's first.
 */
export const decodeGif: FileDecoder = (bytes, { checkSize }) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(10);
  const screenPalette = flags & 0x80 ? paletteAt(bytes, 13, flags) : undefined;
  const frame = readFirstFrame(bytes, view, 13 + paletteBytes(flags));
  // A frame that reaches beyond its screen makes it larger.
  const width = Math.max(view.getUint16(6, true), frame.left + frame.width);
  const height = Math.max(view.getUint16(8, true), frame.top + frame.height);
  if (frame.width < 1 || frame.height < 1) throw new UnsupportedKindError(`a first frame of ${frame.width}x${frame.height} pixels`);
  checkSize(width, height);

  const codes = new GifCodes(bytes, frame.start);
  const pixels = codes.decode(frame.width * frame.height);
  const indices = new Uint8Array(width * height).fill(frame.transparent ?? 0);
  let from = 0;
  for (const [first, step] of frame.isInterlaced ? PASSES : ONE_PASS) {
    for (let y = first; y < frame.height; y += step, from += frame.width)
      indices.set(pixels.subarray(from, from + frame.width), (frame.top + y) * width + frame.left);
  }
  return { width, height, data: indexedToRgb(indices, frame.palette ?? screenPalette ?? greyPalette()) };
};

const paletteBytes = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

function paletteAt(bytes: Uint8Array, at: number, flags: number): Uint8Array {
  const palette = new Uint8Array(256 * 3);
  palette.set(bytes.subarray(at, at + paletteBytes(flags)));
  return palette;
}

const greyPalette = () => Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3));

/** Walks over extensions to the first picture. */
function readFirstFrame(bytes: Uint8Array, view: DataView, start: number): Frame {
  let transparent: number | undefined;
  for (let at = start; ; ) {
    const kind = view.getUint8(at++);
    if (kind === 0x21) {
      const isControl = view.getUint8(at++) === 0xf9;
      if (isControl && view.getUint8(at) >= 4 && view.getUint8(at + 1) & 1) transparent = view.getUint8(at + 4);
      for (let size = view.getUint8(at++); size > 0; size = view.getUint8(at++)) at += size;
    } else if (kind === 0x2c) {
      const flags = view.getUint8(at + 8);
      return {
        left: view.getUint16(at, true),
        top: view.getUint16(at + 2, true),
        width: view.getUint16(at + 4, true),
        height: view.getUint16(at + 6, true),
        isInterlaced: (flags & 0x40) !== 0,
        palette: flags & 0x80 ? paletteAt(bytes, at + 9, flags) : undefined,
        transparent,
        start: at + 9 + paletteBytes(flags),
      };
    } else if (kind === 0x3b) {
      throw new UnsupportedKindError('a GIF without a picture');
    }
  }
}
