import type { ImageHeader } from '../image-header.ts';
import type { RgbImage } from '../rgb-image.ts';

/** What a platform's decoder is told; the file has passed the checks of `decodeImage`. */
export interface PixelDecoderOptions {
  /** Turn and mirror the picture as its EXIF orientation says. */
  readonly orient: boolean;
  readonly maxPixels: number;
  readonly header: ImageHeader;
  /** The ink of a JPEG is not inverted, as that of JPEGs in TIFFs. Otherwise it is. */
  readonly hasPlainInk?: boolean;
}

/** Turns an image file into RGB: each platform has one (`#decode` in package.json). Rejects with the decoder's own words. */
export type PixelDecoder = (bytes: Uint8Array, options: PixelDecoderOptions) => Promise<RgbImage>;
