import { ShapeError } from '../errors.ts';

/** An image batch's sizes. @throws ShapeError if `shape` is not `[N,H,W,C]`, or its images have no pixels or channels. */
export function imageShape(what: string, shape: readonly number[]): [n: number, h: number, w: number, c: number] {
  if (shape.length !== 4) throw new ShapeError(`${what}: expected [N,H,W,C] but received [${shape.join(',')}].${imageHint(shape)}`);
  if (shape.indexOf(0, 1) > 0) throw new ShapeError(`${what}: the images of [${shape.join(',')}] are empty.`);
  return shape as [number, number, number, number];
}

/** @throws ShapeError unless `shape` is a number for each channel, `[C]`. */
export function checkPerChannel(what: string, name: string, shape: readonly number[], channels: number): void {
  if (shape.length !== 1 || shape[0] !== channels)
    throw new ShapeError(`${what}: the ${name} must be [${channels}], one for each channel, but is [${shape.join(',')}].`);
}

/**
 * What a batch of images that does not fit is likely to be, and what to do with it: a sentence to end a message with,
 * or nothing.
 *
 * @param channels that are wanted
 */
export function imageHint(shape: readonly number[], channels?: number): string {
  if (shape.length === 3) return ' Add a batch dimension of 1 to a single image: tf.expandDims(x).';
  if (shape.length !== 4 || channels === undefined) return '';
  const [, first, height, last] = shape;
  // Square images, or few channels: a feature map whose height happens to be the number of channels is not meant.
  if (first === channels && last !== channels && (channels <= 4 || height === last))
    return " That looks like PyTorch's order, NCHW; images here are NHWC: tf.transpose(x, [0, 2, 3, 1]).";
  if (last === 4 && channels === 3) return ' Of RGBA, drop alpha: tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, 3]).';
  if (last === 1 && channels === 3) return ' Of a grey image, repeat the channel: tf.tile(x, [1, 1, 1, 3]).';
  if (last === 3 && channels === 1) return ' Of a colour image, take the mean of its channels: tf.mean(x, 3, true).';
  return '';
}
