import { ConfigError, type Module } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Batch, imagesIn, toTensor } from '../batch.ts';
import type { Loss } from '../losses/loss.ts';
import { checkTargets, isSoft } from '../losses/targets.ts';
import type { Evaluation } from './evaluation.ts';
import { type Tally, tally } from './tally.ts';

export interface EvaluateOptions {
  /** Class names by index; numbers otherwise. */
  readonly classes?: readonly string[];
  /** Reported instead of the mean cross-entropy. */
  readonly loss?: Loss;
  readonly topK?: readonly number[];
  /** Of the calibration. */
  readonly bins?: number;
  /** How many of the worst images and the most confused pairs are kept. */
  readonly worst?: number;
  /** How many images of each pair of classes that are mixed up are named. Default none. */
  readonly examples?: number;
  readonly signal?: AbortSignal;
}

/**
 * Measures a model on labelled images, in eval mode.
 *
 * @throws ConfigError if there is no image, or images have soft labels; ShapeError if a label is no class of the model.
 */
export async function evaluate(
  model: Module,
  batches: AsyncIterable<Batch> | Iterable<Batch>,
  { classes, loss, topK = [1, 5], bins = 15, worst = 16, examples = 0, signal }: EvaluateOptions = {},
): Promise<Evaluation> {
  let counted: Tally | undefined;
  let images = 0;
  let lossSum = 0;
  for await (const batch of batches) {
    signal?.throwIfAborted();
    const { labels, indices } = batch;
    if (isSoft(labels)) throw new ConfigError('evaluate: the images have soft labels. Evaluate on batches without mixup or cutmix.');
    const n = imagesIn(batch);
    const logits = tf.tidy(() => model.forward(toTensor(batch), 'eval')) as tf.Tensor2D;
    try {
      checkTargets('evaluate', labels, logits.shape);
      const width = logits.shape[1];
      const values = (await logits.data()) as Float32Array;
      counted ??= tally({ classes: nameClasses(width, classes), topK: topK.filter((k) => k <= width), bins, worst, examples });
      for (let i = 0; i < n; i++) counted.add(values.subarray(i * width, (i + 1) * width), labels[i] as number, indices?.[i] ?? images + i);
      if (loss) lossSum += n * (await read(loss(logits, labels)));
      images += n;
    } finally {
      logits.dispose();
    }
  }
  if (!counted) throw new ConfigError('evaluate: there is no image to evaluate on.');
  return counted.total(loss && lossSum / images);
}

async function read(scalar: tf.Scalar): Promise<number> {
  const [value] = await scalar.data();
  scalar.dispose();
  return value as number;
}

function nameClasses(width: number, classes?: readonly string[]): readonly string[] {
  if (classes && classes.length !== width)
    throw new ConfigError(`evaluate: the model has ${width} outputs but the data ${classes.length} classes. Replace the model's head.`);
  return classes ?? Array.from({ length: width }, (_, i) => String(i));
}
