import * as tf from '@tensorflow/tfjs-core';
import { formatShape, ShapeError } from './errors.ts';
import type { Module } from './module.ts';

/** One guess about one image. */
export interface Prediction {
  /** The class's place in the model's output. */
  readonly index: number;
  /** Its name, or its index where there are no labels. */
  readonly label: string;
  /** Softmax probability, 0 to 1; of a network with one output its sigmoid. */
  readonly probability: number;
}

/** Preprocessed images: row-major `[N,H,W,C]`, as `preprocess` of `@resnetjs/data` makes them. */
export interface ImageBatch {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** @deprecated Is called {@link ImageBatch} now. */
export type Pixels = ImageBatch;

/**
 * The `k` most probable classes of each image, best first.
 *
 * A network with one output answers one question with yes or no, and its sigmoid is the probability of yes (as trained with
 * `BCEWithLogitsLoss`). Each image then has one prediction, named by the one label; or, of two labels, the probabilities
 * of both: the first stands for no, the second for yes.
 *
 * @param labels class names by index
 * @throws ShapeError if the pixels do not fit the model, or what it gives is not a number for each class.
 */
export async function classify(model: Module, pixels: ImageBatch, labels: readonly string[] = [], k = 5): Promise<Prediction[][]> {
  const size = pixels.shape.reduce((product, d) => product * d, 1);
  if (size !== pixels.data.length)
    throw new ShapeError(`classify: the shape [${pixels.shape.join(',')}] holds ${size} numbers but ${pixels.data.length} came.`);
  const probabilities = tf.tidy(() => {
    const logits = model.forward(tf.tensor(pixels.data, [...pixels.shape], 'float32'), 'eval') as tf.Tensor2D;
    if (logits.shape.length !== 2)
      throw new ShapeError(
        `classify: expected logits [N,classes] of the model but received ${formatShape(logits.shape)}: it tells no classes.`,
      );
    if (logits.shape[1] !== 1) return tf.softmax(logits);
    const yes = tf.sigmoid(logits);
    return labels.length === 2 ? tf.concat([tf.sigmoid(tf.neg(logits)), yes], 1) : yes;
  });
  try {
    const [, classes = 0] = probabilities.shape;
    const values = (await probabilities.data()) as Float32Array;
    return Array.from({ length: values.length / classes }, (_, i) => best(values.subarray(i * classes, (i + 1) * classes), labels, k));
  } finally {
    probabilities.dispose();
  }
}

const best = (probabilities: Float32Array, labels: readonly string[], k: number): Prediction[] =>
  Array.from(probabilities, (probability, index) => ({ index, label: labels[index] ?? String(index), probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, k);
