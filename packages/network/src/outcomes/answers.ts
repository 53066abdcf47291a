import { classify, type ImageBatch, type Module } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Answer } from './outcome.ts';

type Answers<A extends Answer> = (pixels: ImageBatch) => Promise<A[]>;

/**
 * The most probable classes of prepared images, best first.
 *
 * @param predictor from prepared images to logits
 */
export const predictionsOf =
  (predictor: Module, labels: readonly string[] | undefined, top: number): Answers<Extract<Answer, { predictions: unknown }>> =>
  async (pixels) =>
    (await classify(predictor, pixels, labels, top)).map((predictions) => ({ predictions }));

/**
 * Embeddings of prepared images.
 *
 * @param embedder from prepared images to `[N,features]`
 */
export const embeddingsOf =
  (embedder: Module): Answers<Extract<Answer, { embedding: unknown }>> =>
  async (pixels) =>
    (await rows(embedder, pixels)).map((embedding) => ({ embedding }));

/** One vector an image. */
export async function rows(network: Module, { data, shape }: ImageBatch): Promise<Float32Array[]> {
  const result = tf.tidy(() => network.forward(tf.tensor(data, [...shape], 'float32'), 'eval'));
  try {
    const values = (await result.data()) as Float32Array;
    const length = values.length / (shape[0] as number);
    return Array.from({ length: shape[0] as number }, (_, i) => values.slice(i * length, (i + 1) * length));
  } finally {
    result.dispose();
  }
}
