import { optimizeForInference } from '@resnetjs/core';
import { createModel } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';

/** What the page asks of a system that is measured: to time one run. */
export type Request = 'run';

/** What it hears: that it has warmed up, how long a run took, or why nothing runs. */
export type Answer = { readonly ready: string } | { readonly milliseconds: number } | { readonly failed: string };

/** Answers the page's requests with a ResNet-18 on tfjs' current backend, in this Worker. @param start the backend; returns what it is, in words */
export async function serve(start: () => Promise<string>): Promise<void> {
  const tell = (answer: Answer) => self.postMessage(answer);
  try {
    const about = await start();
    const model = createModel('resnet18', { seed: 1 });
    const image = tf.randomNormal<tf.Rank.R4>([1, 224, 224, 3], 0, 1, 'float32', 1);
    const predictor = optimizeForInference(model, image.shape);
    const run = async () => {
      const logits = predictor.forward(image, 'eval');
      await logits.data();
      logits.dispose();
    };
    for (let i = 0; i < 3; i++) await run(); // the second pass of a shape is recorded, the third is what stays
    self.addEventListener('message', async () => {
      const before = performance.now();
      await run();
      tell({ milliseconds: performance.now() - before });
    });
    tell({ ready: about });
  } catch (error) {
    tell({ failed: (error as Error).message });
  }
}
