import { decodePixels } from '#decode';
import { decodeBmp } from './decode/bmp.ts';
import { type FileDecoder, UnsupportedKindError } from './decode/file-decoder.ts';
import { foreignFormat } from './decode/foreign-format.ts';
import { decodeGif } from './decode/gif.ts';
import { decodeJpegInSimd } from './decode/jpeg-simd.ts';
import { decodePnm } from './decode/pnm.ts';
import { decodeReducedJpeg } from './decode/reduced-jpeg.ts';
import { decodeTiff } from './decode/tiff.ts';
import { DecoderError, ImageError } from './image-error.ts';
import { type ImageFormat, type ImageHeader, readImageHeader } from './image-header.ts';
import { assertSize, type Size } from './resize.ts';
import type { RgbImage } from './rgb-image.ts';

/** Files larger than this are refused unread: 100 MiB. */
export const MAX_FILE_BYTES = 100 * 1024 * 1024;

/** Images of more pixels are refused before they are decoded: Pillow's own bomb warning, 1 GiB / 4 / 3. */
export const MAX_PIXELS = 89_478_485;

// Decoded within a millisecond: less than it takes to hand them to another thread.
const QUICK_PIXELS = 256 * 256;

// Decoded here, in every engine. Not imported on demand: bundlers that make a worker one file, as Vite 7 does, refuse that.
const DECODERS: Partial<Record<ImageFormat, FileDecoder>> = { bmp: decodeBmp, gif: decodeGif, pnm: decodePnm, tiff: decodeTiff };

/** How `decodeImage` reads a file. */
export interface DecodeOptions {
  /** What messages call the file; a path or a URL. */
  readonly name?: string;
  /**
   * Turn the picture as its EXIF orientation says. Off by default, for Pillow's `convert('RGB')` and torchvision's
   * `ImageFolder` leave it: switch it on for photos from a phone when the network was not trained that way. A TIFF is always
   * turned, as Pillow does.
   */
  readonly orient?: boolean;
  /**
   * Decode JPEGs of any size in this thread, as workers do. By default only small ones are: larger ones go to the
   * platform's decoder, which has threads of its own. The bytes are the same.
   */
  readonly blocking?: boolean;
  /**
   * Decode baseline JPEGs at 1/2, 1/4 or 1/8 of their size, as Pillow's `draft` does, where that is whole and has at least
   * so many pixels in width and height (a number stands for both). Off by default, for it is not exact: photos that are
   * resized to 1/4 of `atLeast` or less come out within 1 level in 99 of 100 bytes, and within 4 in all; to 1/2, in 87 and
   * within 16. Reduced in this thread; what is no such file comes whole, and so does everything with `orient`.
   */
  readonly atLeast?: number | Size;
  /** Refuse images of more pixels than this, before decoding. Default `MAX_PIXELS`. */
  readonly maxPixels?: number;
  /** Refuse files of more bytes than this. Default `MAX_FILE_BYTES`. */
  readonly maxFileBytes?: number;
}

/**
 * Decodes an image file to RGB: PNG, JPEG, WebP and AVIF with sharp in Node and with the browser's own decoder there, GIF,
 * TIFF, BMP, PNM and most JPEGs with this package's. Colour profiles are ignored, alpha is dropped, greyscale is repeated,
 * 16 bits lose the low byte: the bytes of Pillow's `Image.open(file).convert('RGB')`, as the README's table says in full.
 *
 * @throws ImageError for a file that is empty, truncated, no image, of a format or kind that is not decoded, or beyond
 *   `maxFileBytes` or `maxPixels`; DecoderError if sharp, where it is needed, cannot be loaded.
 */
export async function decodeImage(source: Uint8Array | ArrayBuffer | Blob, options: DecodeOptions = {}): Promise<RgbImage> {
  const { name = 'image', orient = false, blocking = false, atLeast, maxPixels = MAX_PIXELS, maxFileBytes = MAX_FILE_BYTES } = options;
  const least = typeof atLeast === 'number' ? { width: atLeast, height: atLeast } : atLeast;
  if (least) assertSize(least, 'decodeImage: atLeast');
  const sizeBytes = source instanceof Blob ? source.size : source.byteLength;
  if (sizeBytes === 0) throw new ImageError(`${name}: the file is empty. Expected a PNG, JPEG, WebP or other image.`);
  if (sizeBytes > maxFileBytes) {
    throw new ImageError(
      `${name}: the file has ${sizeBytes} bytes, more than the ${maxFileBytes} allowed. Raise maxFileBytes if you trust it.`,
    );
  }
  const bytes = source instanceof Uint8Array ? source : new Uint8Array(source instanceof ArrayBuffer ? source : await source.arrayBuffer());

  const header = readImageHeader(bytes);
  if (!header) {
    const foreign = foreignFormat(bytes);
    if (foreign) throw new ImageError(`${name}: this is ${foreign.name}, which is not decoded here. ${foreign.advice}`);
    throw new ImageError(`${name}: not an image (${describeStart(bytes)}). Expected a PNG, JPEG, WebP, GIF, TIFF, AVIF, BMP or PNM.`);
  }
  const { format } = header;
  const checkSize = (width: number, height: number) => {
    if (width * height <= maxPixels) return;
    throw new ImageError(
      `${name}: the ${format} is ${width}x${height}, more than the ${maxPixels} pixels allowed. ` +
        'Raise maxPixels if you trust it, or make the image smaller.',
    );
  };
  checkSize(header.width ?? 0, header.height ?? 0);
  try {
    const decode = DECODERS[format];
    if (decode)
      return await decode(bytes, {
        checkSize,
        decodeWhole: (part, hasPlainInk) => decodeWhole(part, { checkSize, maxPixels, hasPlainInk }),
      });
    const jpeg = format === 'jpeg' && !orient ? decodeJpegHere(bytes, header, { blocking, least }) : undefined;
    return jpeg ?? (await decodePixels(bytes, { orient, maxPixels, header }));
  } catch (error) {
    if (error instanceof ImageError) throw error;
    if (!(error instanceof DecoderError)) throw refusal(error as Error, { name, format, bytes });
    const image = format === 'jpeg' && !orient ? decodeJpegInSimd(bytes) : undefined;
    if (!image) throw error;
    return image;
  }
}

/** Says what is wrong with a file in whose name a decoder threw. */
function refusal(
  cause: Error,
  { name, format, bytes }: { readonly name: string; readonly format: ImageFormat; readonly bytes: Uint8Array },
): ImageError {
  if (cause instanceof UnsupportedKindError)
    return new ImageError(`${name}: this is ${cause.message} which is not decoded here. Save it as PNG.`, { cause });
  // A DataView throws one for reading behind the end of a file.
  const isEnd = cause instanceof RangeError && !/alloc|length/i.test(cause.message);
  const reason = isEnd ? 'premature end of the headers' : wordsOf(cause.message);
  return new ImageError(
    `${name}: the ${format} is broken, truncated or of an unsupported kind (${describeStart(bytes)}; the decoder says: ${reason}). ` +
      'Get the file again, or save it as PNG.',
    { cause },
  );
}

/** A decoder's message in one line, each of its sentences once: libvips says who speaks and repeats itself with each try. */
function wordsOf(message: string): string {
  const lines = message.split('\n').map((line) => line.replace(/^(Input \w+ has corrupt header: )?(Vips\w+: )?/, '').replace(/\s+/g, ' '));
  return [...new Set(lines.map((line) => line.trim()))].filter(Boolean).join(', ');
}

/** Decodes what stands in a file of another format: a JPEG, or the file itself as the platform sees it. */
async function decodeWhole(
  bytes: Uint8Array,
  {
    checkSize,
    maxPixels,
    hasPlainInk = false,
  }: {
    readonly checkSize: (width: number, height: number) => void;
    readonly maxPixels: number;
    readonly hasPlainInk?: boolean | undefined;
  },
): Promise<RgbImage> {
  const header = readImageHeader(bytes);
  if (!header) throw new Error('what it holds is no image');
  checkSize(header.width ?? 0, header.height ?? 0);
  return decodeJpegInSimd(bytes) ?? decodePixels(bytes, { orient: false, maxPixels, header, hasPlainInk });
}

/** What this thread does better than the platform's decoder: reduced JPEGs, small ones, and where it may be kept busy all. */
function decodeJpegHere(
  bytes: Uint8Array,
  { width = 0, height = 0 }: ImageHeader,
  { blocking, least }: { readonly blocking: boolean; readonly least: Size | undefined },
): RgbImage | undefined {
  const reduced = least && decodeReducedJpeg(bytes, { width, height }, least);
  return reduced ?? (blocking || width * height <= QUICK_PIXELS ? decodeJpegInSimd(bytes) : undefined);
}

function describeStart(bytes: Uint8Array): string {
  const first = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `${bytes.length} bytes, starting ${first}`;
}
