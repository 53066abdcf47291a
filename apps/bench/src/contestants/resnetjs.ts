import { useWasm } from '@resnetjs/backend-wasm';
import { optimizeForInference, registerGradients } from '@resnetjs/core';
import { sgd, trainStep } from '@resnetjs/train';
import { createModel } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import type { Workload } from '../protocol.ts';
import { serveRuns } from './serve-runs.ts';

const { task, network, batch, size, threads } = JSON.parse(process.argv[2] as string) as Workload;

await serveRuns(async () => {
  const info = await useWasm({ threads });
  const about = `Node ${process.versions.node}, ${info.threads} thread(s), ${info.relaxedSimd ? 'relaxed ' : ''}SIMD`;
  const model = createModel(network, { seed: 1 });
  const images = tf.randomNormal<tf.Rank.R4>([batch, size, size, 3], 0, 1, 'float32', 1);
  if (task === 'infer') {
    const predictor = optimizeForInference(model, images.shape);
    return {
      about,
      run: async () => {
        const logits = predictor.forward(images, 'eval');
        await logits.data();
        logits.dispose();
      },
    };
  }
  registerGradients();
  const optimizer = sgd(model, { momentum: 0.9, weightDecay: 1e-4 });
  const labels = Int32Array.from({ length: batch }, (_, i) => i % 10);
  const pixels = (await images.data()) as Float32Array;
  const data = { images: pixels, shape: images.shape, labels };
  return {
    about,
    run: async () => {
      await trainStep(model, data, { optimizer, learningRate: 0.01 });
    },
  };
});
