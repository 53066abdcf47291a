import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type { Workload } from '../protocol.ts';
import { networkRun } from './network-run.ts';
import { serveRuns } from './serve-runs.ts';

const workload = JSON.parse(process.argv[2] as string) as Workload;

await serveRuns(async () => {
  if (workload.task === 'train') throw new Error('its WASM backend has no gradient for convolutions');
  if (workload.threads > 1) throw new Error('it uses one thread in Node');
  const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  setWasmPaths(`${folder}/dist/`);
  await tf.setBackend('wasm');
  // The same folded network, on tfjs' own kernels.
  return { about: `tfjs ${tf.version_core}, Node ${process.versions.node}`, run: await networkRun(workload) };
});
