import * as tf from '@tensorflow/tfjs-core';
import type { KernelCall } from '../registration.ts';

/** tfjs' activations that are kernels of their own. */
const KERNELS: Readonly<Record<string, string>> = {
  elu: tf.Elu,
  leakyrelu: tf.LeakyRelu,
  prelu: tf.Prelu,
  relu: tf.Relu,
  relu6: tf.Relu6,
  sigmoid: tf.Sigmoid,
};

/** Applies a fused kernel's activation to its sums, which it frees. */
export function activated(sums: tf.TensorInfo, { inputs, attrs, runtime }: KernelCall): tf.TensorInfo {
  const { activation = 'linear', leakyreluAlpha } = attrs as { activation?: string; leakyreluAlpha?: number };
  if (activation === 'linear') return sums;
  const { backend } = runtime;
  const kernel = tf.getKernel(KERNELS[activation] ?? activation, 'wasm');
  try {
    if (!kernel) throw new Error(`There is no activation ${activation}; there are linear, ${Object.keys(KERNELS).join(', ')}.`);
    const { preluActivationWeights: alpha } = inputs;
    return kernel.kernelFunc({
      inputs: { x: sums, ...(activation === 'prelu' && alpha && { alpha }) },
      attrs: { alpha: leakyreluAlpha ?? 0.2 },
      backend,
    }) as tf.TensorInfo;
  } finally {
    backend.disposeData(sums.dataId);
  }
}
