import { isoBrands } from './decode/foreign-format.ts';

/** The formats that are decoded. */
export type ImageFormat = 'png' | 'jpeg' | 'gif' | 'webp' | 'bmp' | 'pnm' | 'tiff' | 'avif';

/** What the first bytes of a file promise; the size is absent where only a decoder could tell. */
export interface ImageHeader {
  readonly format: ImageFormat;
  readonly width?: number;
  readonly height?: number;
  /** A JPEG's colour components: 4 is CMYK. */
  readonly components?: number;
}

/**
 * Reads format and size from a file's bytes without decoding a pixel, so that a decompression bomb is refused
 * before it takes memory, also where the decoder (a browser's) has no limit of its own. Our own decoders check what they find.
 *
 * @returns undefined for bytes that start like none of the known formats.
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const startsWith = (text: string, at = 0) => {
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
    return true;
  };

  if (startsWith('\x89PNG\r\n\x1a\n')) {
    return bytes.length >= 24 ? { format: 'png', width: view.getUint32(16), height: view.getUint32(20) } : { format: 'png' };
  }
  if (startsWith('\xff\xd8\xff')) return { format: 'jpeg', ...jpegSize(view) };
  if (startsWith('GIF87a') || startsWith('GIF89a')) return { format: 'gif' };
  if (startsWith('RIFF') && startsWith('WEBP', 8)) return { format: 'webp', ...webpSize(view) };
  if (startsWith('BM')) return { format: 'bmp' };
  // The last two of each are BigTIFF, and what some write by mistake.
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+', 'II\0*', 'MM*\0'].some((magic) => startsWith(magic))) return { format: 'tiff' };
  if (startsWith('ftyp', 4) && isAvif(bytes)) return { format: 'avif' };
  return /^P[1-6][\t-\r ]/.test(String.fromCharCode(...bytes.subarray(0, 3))) ? { format: 'pnm' } : undefined;
}

function isAvif(bytes: Uint8Array): boolean {
  return isoBrands(String.fromCharCode(...bytes.subarray(0, 256))).some((brand) => brand === 'avif' || brand === 'avis');
}

/** Walks the JPEG's segments to its frame header (SOF0-15 but DHT, JPG, DAC). */
function jpegSize(view: DataView): Omit<ImageHeader, 'format'> | undefined {
  let at = 2;
  while (at + 10 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) {
      at++; // garbage between segments is skipped, as libjpeg does
      continue;
    }
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
    } else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), components: view.getUint8(at + 9) };
    } else if (marker === 0x01 || marker === 0x00 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
    } else if (marker === 0xd9 || marker === 0xda) {
      return undefined;
    } else {
      at += 2 + view.getUint16(at + 2);
    }
  }
  return undefined;
}

function webpSize(view: DataView): { width: number; height: number } | undefined {
  if (view.byteLength < 30) return undefined;
  const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  switch (view.getUint32(12)) {
    case 0x56503858: // 'VP8X'
      return { width: uint24(24) + 1, height: uint24(27) + 1 };
    case 0x5650384c: {
      // 'VP8L'
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 0x56503820: // 'VP8 '
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    default:
      return undefined;
  }
}
