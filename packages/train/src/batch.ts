import { ShapeError } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Targets } from './losses/targets.ts';

/** Images ready for a network, and what they show; what `batches` of `@resnetjs/data` gives is one. */
export interface Batch {
  /** Row-major in `shape`, normalized. */
  readonly images: Float32Array | Uint8Array;
  /** `[N,H,W,C]` */
  readonly shape: readonly number[];
  readonly labels: Targets;
  /** Where each image is in its dataset, for reports that show images. */
  readonly indices?: ArrayLike<number>;
}

export const imagesIn = ({ shape }: Batch): number => shape[0] ?? 0;

/** The images as a tensor, the caller's. @throws ShapeError for bytes, which were not normalized. */
export function toTensor({ images, shape }: Batch): tf.Tensor4D {
  if (!(images instanceof Float32Array))
    throw new ShapeError('The images of a batch are bytes, 0 to 255. Networks need them normalized: pass { normalization } to batches().');
  return tf.tensor4d(images, shape as [number, number, number, number], 'float32');
}
