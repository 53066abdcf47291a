/** Bytes cannot become an image, or an image is not what an operation needs. The message names the file, what came and what to do. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}

/**
 * The library that decodes images cannot be loaded, whatever the picture: the message says what to install. Nothing that
 * leaves broken pictures out leaves this out.
 */
export class DecoderError extends Error {
  override readonly name = 'DecoderError';
}
