import { useWasm } from '@resnetjs/backend-wasm';
import { toOnnx } from '@resnetjs/onnx';
import * as tf from '@tensorflow/tfjs-core';
import glue from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import binary from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';
import { resnet18 } from './resnet18.ts';
import { serve } from './run.ts';

await serve(async () => {
  // The same network: our backend folds its norms, and is gone before anything is timed.
  await useWasm({ everyOp: false, threads: 1 });
  const model = resnet18();
  const { parts } = await toOnnx(model, [1, 224, 224, 3]);
  const file = new Uint8Array(await new Blob(parts).arrayBuffer());
  tf.removeBackend('wasm');

  ort.env.wasm.wasmPaths = { mjs: new URL(glue, self.location.href).href, wasm: new URL(binary, self.location.href).href };
  ort.env.wasm.numThreads = self.crossOriginIsolated ? navigator.hardwareConcurrency : 1;
  const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
  const image = new ort.Tensor(
    'float32',
    Float32Array.from({ length: 3 * 224 * 224 }, (_, i) => Math.sin(i)),
    [1, 3, 224, 224],
  );
  return {
    about: `${ort.env.versions.web}, ${ort.env.wasm.numThreads} ${ort.env.wasm.numThreads === 1 ? 'thread' : 'threads'}`,
    run: () => session.run({ [session.inputNames[0] as string]: image }),
  };
});
