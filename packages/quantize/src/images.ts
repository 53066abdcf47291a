import { formatShape, type Pixels, ShapeError } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { QuantizeError } from './quantize-error.ts';

/** Prepared images, `[N,H,W,C]`, in batches: tensors, which stay the caller's, or pixels. */
export type Images = Iterable<Pixels | tf.Tensor> | AsyncIterable<Pixels | tf.Tensor>;

/**
 * One tensor after another, each freed when the next is asked for if it was made here. All must be of one size.
 *
 * @throws ShapeError, or QuantizeError where a batch holds fewer numbers than its shape.
 */
export async function* tensorsOf(images: Images): AsyncGenerator<tf.Tensor> {
  let size: readonly number[] | undefined;
  for await (const batch of images) {
    const { shape } = batch;
    size ??= shape;
    if (shape.length !== size.length || shape.slice(1).join() !== size.slice(1).join())
      throw new ShapeError(
        `quantize: images of ${formatShape(['N', ...size.slice(1)])} and then of ${formatShape(shape)}. A plan is made for one size: prepare all in it.`,
      );
    if (batch instanceof tf.Tensor) {
      yield batch;
      continue;
    }
    const count = shape.reduce((product, length) => product * length, 1);
    if (batch.data.length !== count)
      throw new QuantizeError(`quantize: ${formatShape(shape)} holds ${count} numbers but ${batch.data.length} came.`);
    const tensor = tf.tensor(batch.data, [...shape], 'float32');
    try {
      yield tensor;
    } finally {
      tensor.dispose();
    }
  }
}
