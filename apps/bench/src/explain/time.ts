import { dispose, initialize, optimizeForInference } from '@resnetjs/core';
import { explain } from '@resnetjs/explain';
import { createModel, modelInfo } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { median } from '../median.ts';

/** Milliseconds for one image, medians of interleaved runs. */
export interface ExplainTime {
  readonly network: string;
  /** A forward pass of the model, unfolded. */
  readonly forward: number;
  /** The same of the folded network. */
  readonly folded: number;
  readonly gradCam: number;
}

/** Grad-CAM of the last layer beside a forward pass, one after the other in every round. */
export async function measureTime(network: string, rounds: number): Promise<ExplainTime> {
  const { inputSize } = modelInfo(network);
  const shape = [1, inputSize, inputSize, 3];
  const model = createModel(network);
  initialize(model, { seed: 1 });
  const predictor = optimizeForInference(model, shape);
  const data = Float32Array.from({ length: inputSize * inputSize * 3 }, (_, i) => Math.sin(i));
  const forward = async (run: typeof model.forward) => {
    const logits = tf.tidy(() => run(tf.tensor(data, shape), 'eval'));
    await logits.data();
    logits.dispose();
  };
  const tasks = {
    forward: () => forward(model.forward),
    folded: () => forward(predictor.forward),
    gradCam: () => explain(model, { data, shape }, { method: 'grad-cam' }),
  };
  const times: Record<keyof typeof tasks, number[]> = { forward: [], folded: [], gradCam: [] };
  for (let round = -2; round < rounds; round++)
    for (const [name, task] of Object.entries(tasks) as [keyof typeof tasks, () => Promise<unknown>][]) {
      const started = performance.now();
      await task();
      if (round >= 0) times[name].push(performance.now() - started); // the first two warm up
    }
  predictor.dispose();
  dispose(model);
  return { network, forward: median(times.forward), folded: median(times.folded), gradCam: median(times.gradCam) };
}
