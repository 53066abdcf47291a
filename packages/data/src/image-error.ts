/** Bytes cannot become an image, or an image is not what an operation needs. The message names the file, what came and what to do. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}
