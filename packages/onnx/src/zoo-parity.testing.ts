import { useWasm } from '@resnetjs/backend-wasm';
import { loadStateDict, parameters, type Module, dispose } from '@resnetjs/core';
import { formulaInput, formulaTensor, relativeError } from '@resnetjs/testing';
import { createModel, listModels, modelInfo, } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { toOnnx } from './index.ts';

await useWasm();
const filter = process.argv[2] ?? '*';
const size = Number(process.argv[3] ?? 0);
for (const name of listModels(filter)) {
  const model = createModel(name);
  loadStateDict(model, new Map([...parameters(model)].map(([n, { shape }]) => [n, formulaTensor(n, shape)])));
  const side = size || (modelInfo(name).inputSize);
  const { shape, data } = formulaInput([3, 3, side, side]);
  const expected = tf.tidy(() => model.forward(tf.tensor4d(data, shape), 'eval').dataSync());
  try {
    for (const folded of [true, false]) {
      const { parts } = await toOnnx(model, [1, side, side, 3], { dynamicBatch: true, folded });
      const session = await ort.InferenceSession.create(Buffer.concat(parts));
      const nchw = tf.tidy(() => tf.transpose(tf.tensor4d(data, shape), [0, 3, 1, 2]).dataSync()) as Float32Array;
      const out = await session.run({ input: new ort.Tensor('float32', nchw, [3, 3, side, side]) });
      console.log(name, side, folded, relativeError(out.logits!.data as Float32Array, expected as Float32Array));
      await session.release();
    }
  } catch (e) { console.log(name, 'FAIL', (e as Error).message); }
  dispose(model);
}
