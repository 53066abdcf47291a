import { useWasm } from '@resnetjs/backend-wasm';
import { loadStateDict, parameters, namedModules, trace } from '@resnetjs/core';
import { formulaInput, formulaTensor, relativeError } from '@resnetjs/testing';
import { createModel } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { toOnnx } from './index.ts';
await useWasm();
const model = createModel('resnetv2_50x1_bit');
loadStateDict(model, new Map([...parameters(model)].map(([n, { shape }]) => [n, formulaTensor(n, shape)])));
const { shape, data } = formulaInput([1, 3, 64, 64]);
const x = tf.tensor4d(data, shape);
const nchw = tf.tidy(() => tf.transpose(x, [0, 3, 1, 2]).dataSync()) as Float32Array;
for (const i of [-1, 0,1,2,3,4]) {
  const part: any = { ...model, kind: 'p', forward: (t: tf.Tensor, mode: any) => i < 0 ? (model as any).stem.forward(t, mode) : i===4? model.forward(t,mode): model.forwardStages(t, mode)[i]! };
  try {
  const { parts } = await toOnnx(part, [1, 64, 64, 3]);
  const session = await ort.InferenceSession.create(Buffer.concat(parts), {graphOptimizationLevel: (process.argv[2] ?? 'all') as any});
  const out = await session.run({ input: new ort.Tensor('float32', nchw, [1, 3, 64, 64]) });
  const y = tf.tidy(() => { const t = part.forward(x, 'eval') as tf.Tensor4D; return (t.rank === 4 ? tf.transpose(t, [0, 3, 1, 2]) : t).dataSync() });
  console.log(i, relativeError(out.logits!.data as Float32Array, y as Float32Array), out.logits!.dims);
  } catch (e) { console.log(i, (e as Error).message); }
}
console.log(trace(model,[1,64,64,3]).nodes.slice(0,14).map(n=>[n.op, n.shape.join(), JSON.stringify(n.attributes)].join(' ')).join('\n'));
