import type { RgbImage } from '../rgb-image.ts';

/** What a decoder of this package is told. */
export interface FileDecoderOptions {
  /** Throws for more pixels than are allowed: called before memory is taken. */
  readonly checkSize: (width: number, height: number) => void;
  /** Decodes a file, or a JPEG that stands in one, with the platform's decoder. `hasPlainInk`: see PixelDecoderOptions. */
  readonly decodeWhole: (bytes: Uint8Array, hasPlainInk?: boolean) => Promise<RgbImage>;
}

/**
 * Turns the bytes of one format into RGB, in any engine, with Pillow's bytes. `decodeImage` adds the file's name to what
 * is thrown: UnsupportedKindError for a file that may well be whole, Error for one that is broken or cut off.
 */
export type FileDecoder = (bytes: Uint8Array, options: FileDecoderOptions) => RgbImage | Promise<RgbImage>;

/** A file of a known format is of a kind that is not decoded: the message names it. */
export class UnsupportedKindError extends Error {
  override readonly name = 'UnsupportedKindError';
}
