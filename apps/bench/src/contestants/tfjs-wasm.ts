import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { optimizeForInference } from '@resnetjs/core';
import { createModel } from '@resnetjs/zoo';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type { Workload } from '../protocol.ts';
import { serveRuns } from './serve-runs.ts';

const { task, network, batch, size, threads } = JSON.parse(process.argv[2] as string) as Workload;

await serveRuns(async () => {
  if (task === 'train') throw new Error('its WASM backend has no gradient for convolutions');
  if (threads > 1) throw new Error('it uses one thread in Node');
  const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  setWasmPaths(`${folder}/dist/`);
  await tf.setBackend('wasm');
  // The same folded network, on tfjs' own kernels.
  const predictor = optimizeForInference(createModel(network, { seed: 1 }), [batch, size, size, 3]);
  const images = tf.randomNormal<tf.Rank.R4>([batch, size, size, 3], 0, 1, 'float32', 1);
  return {
    about: `tfjs ${tf.version_core}, Node ${process.versions.node}`,
    run: async () => {
      const logits = predictor.forward(images, 'eval');
      await logits.data();
      logits.dispose();
    },
  };
});
