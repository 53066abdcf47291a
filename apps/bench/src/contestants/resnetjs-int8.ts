import { useWasm } from '@resnetjs/backend-wasm';
import { quantize } from '@resnetjs/quantize';
import { createModel } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import type { Workload } from '../protocol.ts';
import { serveRuns } from './serve-runs.ts';

const { task, network, batch, size, threads: asked } = JSON.parse(process.argv[2] as string) as Workload;

await serveRuns(async () => {
  if (task === 'train') throw new Error('a network in 8 bits only infers');
  const { threads, relaxedSimd } = await useWasm({ threads: asked });
  const model = createModel(network, { seed: 1 });
  const images = tf.randomNormal<tf.Rank.R4>([batch, size, size, 3], 0, 1, 'float32', 1);
  const predictor = await quantize(model, { images: [images] });
  return {
    about: `8 bits, Node ${process.versions.node}, ${threads} thread(s), ${relaxedSimd ? 'relaxed ' : ''}SIMD`,
    run: async () => {
      const logits = predictor.forward(images, 'eval');
      await logits.data();
      logits.dispose();
    },
  };
});
