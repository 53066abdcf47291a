import { UnsupportedKindError } from './file-decoder.ts';
import type { PixelDecoder } from './pixel-decoder.ts';

/**
 * Decodes with the browser, asked to leave colours as they are in the file. A canvas multiplies colours by their alpha:
 * opaque pictures come out as Pillow has them, translucent pixels with rounding, and transparent ones black.
 */
export const decodePixels: PixelDecoder = async (bytes, { orient, header, hasPlainInk = false }) => {
  if (header.format === 'tiff') throw new UnsupportedKindError('a TIFF with fax codes (CCITT)');
  if (hasPlainInk) throw new UnsupportedKindError('a TIFF of CMYK with JPEG compression');
  const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
    imageOrientation: orient ? 'from-image' : ('none' as ImageOrientation),
  });
  try {
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('this browser gives no 2d context for an OffscreenCanvas');
    context.drawImage(bitmap, 0, 0);
    const rgba = context.getImageData(0, 0, width, height).data;
    const data = new Uint8Array(width * height * 3);
    for (let from = 0, to = 0; to < data.length; from += 4) {
      data[to++] = rgba[from] as number;
      data[to++] = rgba[from + 1] as number;
      data[to++] = rgba[from + 2] as number;
    }
    return { width, height, data };
  } finally {
    bitmap.close();
  }
};
