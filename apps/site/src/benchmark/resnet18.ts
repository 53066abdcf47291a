import { optimizeForInference } from '@resnetjs/core';
import { type Backbone, createModel } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';

/** The network that every system runs, of random weights. */
export const resnet18 = (): Backbone => createModel('resnet18', { seed: 1 });

/** Runs it on tfjs' current backend. */
export function onCurrentBackend(): () => Promise<void> {
  const image = tf.randomNormal<tf.Rank.R4>([1, 224, 224, 3], 0, 1, 'float32', 1);
  const predictor = optimizeForInference(resnet18(), image.shape);
  return async () => {
    const logits = predictor.forward(image, 'eval');
    await logits.data();
    logits.dispose();
  };
}
