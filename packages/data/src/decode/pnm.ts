import type { RgbImage } from '../rgb-image.ts';

/** What a PGM or PPM says before its pixels. */
export interface PnmHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly maxValue: number;
  /** Where the pixels start. */
  readonly offset: number;
}

/** Reads the header of a binary PGM (`P5`) or PPM (`P6`); undefined if it is none. */
export function readPnmHeader(bytes: Uint8Array): PnmHeader | undefined {
  if (bytes[0] !== 0x50 || (bytes[1] !== 0x35 && bytes[1] !== 0x36)) return undefined;
  const text = String.fromCharCode(...bytes.subarray(0, 512));
  const match = /^P([56])(?:\s+|#[^\n]*\n)+(\d{1,9})(?:\s+|#[^\n]*\n)+(\d{1,9})(?:\s+|#[^\n]*\n)+(\d{1,5})\s/.exec(text);
  if (!match) return undefined;
  const [all, kind, width, height, maxValue] = match;
  return { width: Number(width), height: Number(height), channels: kind === '6' ? 3 : 1, maxValue: Number(maxValue), offset: all.length };
}

/** Decodes a binary 8-bit PGM or PPM. @throws Error in a decoder's words: `decodeImage` adds the file's name. */
export function decodePnm(bytes: Uint8Array): RgbImage {
  const header = readPnmHeader(bytes);
  if (header?.maxValue !== 255) throw new Error(`expected a largest value of 255 but read ${header?.maxValue}`);
  const { width, height, channels, offset } = header;
  const pixels = bytes.subarray(offset, offset + width * height * channels);
  if (width < 1 || height < 1 || pixels.length < width * height * channels) throw new Error('premature end of the pixels');
  if (channels === 3) return { width, height, data: pixels.slice() };
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < pixels.length; i++) data.fill(pixels[i] as number, i * 3, i * 3 + 3);
  return { width, height, data };
}
