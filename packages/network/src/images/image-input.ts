import { decodeImage, MAX_FILE_BYTES, type RgbImage } from '@resnetjs/data';
import { NetworkError } from '../network-error.ts';
import { nodeModule } from '../node-module.ts';

/** What a browser draws: an element, a frame, a bitmap. */
export type Drawable = HTMLImageElement | HTMLCanvasElement | HTMLVideoElement | OffscreenCanvas | ImageBitmap | VideoFrame;

/**
 * An image as it is at hand: a path (in Node) or URL, the bytes of a file, a `Blob` or `File`, pixels (RGB, or the RGBA of
 * an `ImageData`), or whatever a page draws.
 */
export type ImageInput = string | URL | Blob | Uint8Array | ArrayBuffer | RgbImage | ImageData | Drawable;

/**
 * Turns any of them into RGB. Files are turned upright as their camera noted; transparency is dropped.
 *
 * @throws NetworkError if it cannot be had, ImageError if it is no image.
 */
export async function readImage(input: ImageInput, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<RgbImage> {
  if (typeof input === 'string' || input instanceof URL) {
    const name = shortened(String(input));
    return decodeImage(await bytesAt(String(input), name, signal), { name, orient: true });
  }
  if (input instanceof Blob) return decodeImage(input, { name: (input as Partial<File>).name ?? 'image', orient: true });
  if (input instanceof Uint8Array || input instanceof ArrayBuffer) return decodeImage(input, { orient: true });
  if (typeof input === 'object' && input !== null) return isPixels(input) ? rgbOf(input) : drawn(input);
  throw unknown(input);
}

/** Data URLs are as long as their images. */
const shortened = (name: string): string => (name.length > 200 ? `${name.slice(0, 60)}…` : name);

async function bytesAt(place: string, name: string, signal: AbortSignal | undefined): Promise<Uint8Array | Blob> {
  const fs = nodeModule('node:fs/promises');
  if (!fs || /^(https?|data|blob):/i.test(place)) return fetched(place, name, signal);
  const path = /^file:/i.test(place) ? (nodeModule('node:url') as typeof import('node:url')).fileURLToPath(place) : place;
  const info = await fs.stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new NetworkError(`${name}: ${cause.code === 'ENOENT' ? 'there is no such file' : cause.message}.`, { cause });
  });
  if (!info.isFile())
    throw new NetworkError(`${name}: expected an image file, but it is a ${info.isDirectory() ? 'folder' : 'device or pipe'}.`);
  if (info.size > MAX_FILE_BYTES)
    throw new NetworkError(`${name}: the file has ${info.size} bytes, more than the ${MAX_FILE_BYTES} an image may have.`);
  return fs.readFile(path, { signal });
}

async function fetched(url: string, name: string, signal: AbortSignal | undefined): Promise<Blob> {
  const response = await fetch(url, { ...(signal && { signal }) }).catch((cause: Error) => {
    if (signal?.aborted) throw cause;
    const why = cause.cause instanceof Error ? cause.cause.message : cause.message;
    throw new NetworkError(`${name}: cannot be fetched (${why}).`, { cause });
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new NetworkError(`${name}: the server answered ${`${response.status} ${response.statusText}`.trim()}.`);
  }
  return response.blob();
}

type Pixels = Pick<ImageData, 'width' | 'height'> & { readonly data: Uint8Array | Uint8ClampedArray };

const isPixels = (input: object): input is Pixels => 'data' in input && ArrayBuffer.isView(input.data);

function rgbOf({ width, height, data }: Pixels): RgbImage {
  const count = width * height;
  if (count > 0 && data.length === 3 * count) return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  if (count === 0 || data.length !== 4 * count)
    throw new NetworkError(
      `pixels: expected ${3 * count} bytes of RGB or ${4 * count} of RGBA for ${width}x${height}, but received ${data.length}.`,
    );
  const rgb = new Uint8Array(3 * count);
  for (let from = 0, to = 0; to < rgb.length; from += 4) {
    rgb[to++] = data[from] as number;
    rgb[to++] = data[from + 1] as number;
    rgb[to++] = data[from + 2] as number;
  }
  return { width, height, data: rgb };
}

async function drawn(source: Drawable): Promise<RgbImage> {
  if ('decode' in source)
    // an <img> may still be on its way
    await source.decode().catch((cause: unknown) => {
      throw new NetworkError(`${shortened(source.currentSrc || source.src || 'image')}: this browser cannot show it.`, { cause });
    });
  const { width, height } = sizeOf(source);
  if (width === undefined || height === undefined) throw unknown(source);
  if (!(width > 0 && height > 0))
    throw new NetworkError(`image: expected pixels, but the ${describe(source).replace(/^a /, '')} shows none.`, {
      advice: 'A <video> has its first frame at its event loadeddata; what was closed has none.',
    });
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new NetworkError('this browser gives no 2d context for an OffscreenCanvas.');
  context.drawImage(source, 0, 0, width, height);
  try {
    return rgbOf(context.getImageData(0, 0, width, height));
  } catch (cause) {
    throw new NetworkError("image: its pixels are another site's, which the browser keeps from this page.", {
      cause,
      advice: 'Load it with crossorigin="anonymous" from a server that allows it.',
    });
  }
}

/** In the image's own pixels, however large it is shown. */
function sizeOf(source: Drawable): { width: number | undefined; height: number | undefined } {
  const { naturalWidth, naturalHeight, videoWidth, videoHeight, displayWidth, displayHeight, width, height } = source as unknown as Record<
    string,
    number | undefined
  >;
  return {
    width: naturalWidth ?? videoWidth ?? displayWidth ?? width,
    height: naturalHeight ?? videoHeight ?? displayHeight ?? height,
  };
}

const unknown = (value: unknown): NetworkError =>
  new NetworkError(`image: expected a path, URL, Blob, bytes, pixels, or an element that shows an image, but received ${describe(value)}.`);

const describe = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `a ${value.constructor?.name ?? 'object'}` : String(value);
