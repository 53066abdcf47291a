import { optimizeForInference, registerGradients } from '@resnetjs/core';
import { sgd, trainStep } from '@resnetjs/train';
import { createModel } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import type { Workload } from '../protocol.ts';

/** One run of a workload: a network of the zoo on tfjs' current backend. */
export async function networkRun({ task, network, batch, size }: Workload): Promise<() => Promise<void>> {
  const model = createModel(network, { seed: 1 });
  const images = tf.randomNormal<tf.Rank.R4>([batch, size, size, 3], 0, 1, 'float32', 1);
  if (task === 'infer') {
    const predictor = optimizeForInference(model, images.shape);
    return async () => {
      const logits = predictor.forward(images, 'eval');
      await logits.data();
      logits.dispose();
    };
  }
  registerGradients();
  const optimizer = sgd(model, { momentum: 0.9, weightDecay: 1e-4 });
  const labels = Int32Array.from({ length: batch }, (_, i) => i % 10);
  const pixels = (await images.data()) as Float32Array;
  const data = { images: pixels, shape: images.shape, labels };
  return async () => {
    await trainStep(model, data, { optimizer, learningRate: 0.01 });
  };
}
