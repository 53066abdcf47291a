import * as tf from '@tensorflow/tfjs-core';
import { isFloat } from '../ops/chunks.ts';
import { required } from '../ops/expect.ts';
import type { KernelImplementation } from '../registration.ts';
import { activated } from './activation.ts';

/** tfjs' fused matrix multiplication out of its parts: its own takes a bias for a vector, and loses NaN in activations. */
export const fusedMatMul: KernelImplementation = (call) => {
  const { inputs, attrs, runtime } = call;
  const { a, b } = required(inputs, 'a', 'b');
  const { bias, preluActivationWeights } = inputs;
  if (!isFloat(a, b, bias, preluActivationWeights)) return call.stock();
  const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
  const run = (name: string, tensors: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap = {}) =>
    (tf.getKernel(name, 'wasm') as tf.KernelConfig).kernelFunc({
      inputs: tensors,
      attrs: attributes,
      backend: runtime.backend,
    }) as tf.TensorInfo;
  const product = run(tf.BatchMatMul, { a, b }, { transposeA, transposeB });
  if (!bias) return activated(product, call);
  const sums = run(tf.Add, { a: product, b: bias });
  runtime.backend.disposeData(product.dataId);
  return activated(sums, call);
};
