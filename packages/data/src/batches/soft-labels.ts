import { DatasetError } from '../datasets/dataset-error.ts';
import type { Random } from '../random.ts';
import { beta } from '../transforms/aug-mix.ts';
import type { Batch } from './batch.ts';

/** A batch whose labels are shares of classes. */
export interface SoftBatch extends Omit<Batch, 'labels'> {
  /** `[N,classes]` flat; each row adds up to 1. */
  readonly labels: Float32Array;
}

/** How `mixup` and `cutmix` mix. */
export interface MixOptions {
  /** Number of classes. */
  readonly classes: number;
  readonly random: Random;
  /** The share of each image is drawn from Beta(alpha, alpha). Default 1. */
  readonly alpha?: number;
}

/**
 * Turns labels into `[N,classes]` shares: 1 for the label, or with `smoothing` a little less, the rest spread over all
 * classes.
 *
 * @param smoothing 0 to 1
 * @throws DatasetError for a label beyond the classes.
 * @see Szegedy et al. 2015, https://arxiv.org/abs/1512.00567
 */
export function labelSmoothing(labels: Int32Array, classes: number, smoothing = 0): Float32Array {
  const soft = new Float32Array(labels.length * classes).fill(smoothing / classes);
  labels.forEach((label, n) => {
    if (label < 0 || label >= classes)
      throw new DatasetError(`labelSmoothing: label ${label} of sample ${n} is beyond the ${classes} classes.`);
    soft[n * classes + label] = 1 - smoothing + smoothing / classes;
  });
  return soft;
}

/**
 * Blends each image, and its label, with the one before it (the first with the last), in one random share for the batch.
 *
 * @throws DatasetError for a batch of bytes (blend after normalization).
 * @see Zhang et al. 2017, https://arxiv.org/abs/1710.09412
 */
export function mixup(batch: Batch | SoftBatch, { classes, random, alpha = 1 }: MixOptions): SoftBatch {
  const { images } = batch;
  if (!(images instanceof Float32Array)) throw new DatasetError('mixup: the batch has bytes. Give batches a normalization first.');
  const share = beta(alpha, alpha, random);
  const mixed = blendWithPrevious(images, images.length / batch.shape[0], share);
  return { ...batch, images: mixed, labels: blendWithPrevious(softLabels(batch, classes), classes, share) };
}

/**
 * Puts a random rectangle of the image before it into each image, and as much of its label.
 *
 * @see Yun et al. 2019, https://arxiv.org/abs/1905.04899
 */
export function cutmix(batch: Batch | SoftBatch, { classes, random, alpha = 1 }: MixOptions): SoftBatch {
  const [length, height, width] = batch.shape;
  const side = Math.sqrt(1 - beta(alpha, alpha, random)) * 0.5;
  const [middleX, middleY] = [random.int(width), random.int(height)];
  const [left, right] = [Math.max(0, Math.trunc(middleX - side * width)), Math.min(width, Math.trunc(middleX + side * width))];
  const [top, bottom] = [Math.max(0, Math.trunc(middleY - side * height)), Math.min(height, Math.trunc(middleY + side * height))];
  const images = batch.images.slice();
  for (let n = 0; n < length; n++) {
    const previous = (n + length - 1) % length;
    for (let y = top; y < bottom; y++) {
      const from = ((previous * height + y) * width + left) * 3;
      images.set(batch.images.subarray(from, from + (right - left) * 3), ((n * height + y) * width + left) * 3);
    }
  }
  const share = 1 - ((right - left) * (bottom - top)) / (width * height);
  return { ...batch, images, labels: blendWithPrevious(softLabels(batch, classes), classes, share) };
}

const softLabels = ({ labels }: Batch | SoftBatch, classes: number) =>
  labels instanceof Int32Array ? labelSmoothing(labels, classes) : labels;

function blendWithPrevious(values: Float32Array, step: number, share: number): Float32Array {
  // The value before the first row's is the last row's.
  return values.map((value, i) => share * value + (1 - share) * (values[i < step ? values.length - step + i : i - step] as number));
}
