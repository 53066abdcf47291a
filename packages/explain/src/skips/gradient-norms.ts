import { gradientsOf, type Module } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { blocksOf } from './blocks-of.ts';
import { crossEntropy } from './cross-entropy.ts';
import { classesOf, firstShape, type LabelledImages, showEach } from './labelled-images.ts';
import { learnedLayers } from './learned-layers.ts';
import type { StudyOptions } from './lesions.ts';

export interface GradientNorm {
  /** The layer's dotted name. */
  readonly name: string;
  /** Length of the gradient of its weights: of a batch's mean cross-entropy, and the mean of that over the batches. */
  readonly gradient: number;
  /** Length of the weights themselves. */
  readonly weights: number;
}

/**
 * How long the gradient of each layer's weights is, from the image to the head. Norms run on their running statistics, which stay as they
 * are: a trained network is looked at, not trained.
 *
 * @throws ExplainError for a network without blocks, or images without labels.
 */
export async function measureGradientNorms(
  model: Module,
  images: LabelledImages,
  { onProgress, signal }: StudyOptions = {},
): Promise<GradientNorm[]> {
  const inPass = blocksOf('measureGradientNorms', model, await firstShape('measureGradientNorms', images));
  const layers = learnedLayers(inPass);
  const variables = layers.map(({ weight }) => weight.variable);
  const sums = layers.map(() => 0);
  let [done, batches] = [0, 0];
  await showEach('measureGradientNorms', images, {
    classes: classesOf('measureGradientNorms', model, inPass.pass.output.shape),
    signal,
    async show({ x, labels }) {
      const norms = tf.tidy(() => {
        const { gradients } = gradientsOf(() => crossEntropy(model.forward(x, 'eval') as tf.Tensor2D, labels), variables);
        return tf.stack(gradients.map((gradient) => (gradient ? tf.norm(gradient) : tf.scalar(0))));
      });
      try {
        const read = await norms.data();
        for (const i of sums.keys()) sums[i] = (sums[i] as number) + (read[i] as number);
      } finally {
        norms.dispose();
      }
      batches++;
      done += labels.length;
      onProgress?.(done);
    },
  });
  return Promise.all(
    layers.map(async ({ name, weight }, i) => {
      const norm = tf.tidy(() => tf.norm(weight.variable));
      const [weights = 0] = await norm.data();
      norm.dispose();
      return { name, gradient: (sums[i] as number) / batches, weights };
    }),
  );
}
