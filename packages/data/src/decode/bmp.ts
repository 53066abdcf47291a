import type { RgbImage } from '../rgb-image.ts';

/**
 * Decodes an uncompressed BMP of 8 (palette), 24 or 32 bits, which sharp cannot read.
 *
 * @throws Error in a decoder's words: `decodeImage` adds the file's name.
 */
export function decodeBmp(bytes: Uint8Array): RgbImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(14, true);
  if (headerBytes < 40) throw new Error('OS/2 bitmaps are not supported');
  const width = view.getInt32(18, true);
  const rows = view.getInt32(22, true); // negative: the top row comes first
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  const height = Math.abs(rows);
  if (compression !== 0 || (bits !== 8 && bits !== 24 && bits !== 32))
    throw new Error(`${bits} bits with compression ${compression} are not supported`);
  const stride = Math.ceil((width * bits) / 32) * 4;
  const start = view.getUint32(10, true);
  if (width < 1 || height < 1 || start + stride * height > bytes.length) throw new Error('premature end of the pixels');

  const palette = 14 + headerBytes;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    const row = start + stride * (rows < 0 ? y : height - 1 - y);
    for (let x = 0; x < width; x++, to += 3) {
      const from = bits === 8 ? palette + (bytes[row + x] as number) * 4 : row + (x * bits) / 8;
      data[to] = bytes[from + 2] as number;
      data[to + 1] = bytes[from + 1] as number;
      data[to + 2] = bytes[from] as number;
    }
  }
  return { width, height, data };
}
