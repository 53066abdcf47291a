import * as tf from '@tensorflow/tfjs-core';
import type { Rule } from './rule.ts';

/** `dy` of a reduction over `axis`, repeated to the shape that was reduced. */
function spreadOver(dy: tf.Tensor, shape: readonly number[], axis: unknown): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis as number | number[], [...shape]);
  const kept = shape.map((d, i) => (axes.includes(i) ? 1 : d));
  return tf.tile(
    tf.reshape(dy, kept),
    shape.map((d, i) => (axes.includes(i) ? d : 1)),
  );
}

export const reductions: readonly Rule[] = [
  {
    kernelName: tf.Sum,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], { axis }) => ({ x: () => spreadOver(dy, (x as tf.Tensor).shape, axis) }),
  },
  {
    kernelName: tf.Mean,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], { axis }) => ({
      x: () => {
        const { shape, size } = x as tf.Tensor;
        return tf.div(spreadOver(dy, shape, axis), size / Math.max(1, dy.size));
      },
    }),
  },
  {
    kernelName: tf.Softmax,
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({
      logits: () => {
        const weighted = tf.mul(dy, y as tf.Tensor);
        return tf.sub(weighted, tf.mul(tf.sum(weighted, -1, true), y as tf.Tensor));
      },
    }),
  },
  {
    kernelName: tf.LogSoftmax,
    outputsToSave: [true],
    gradFunc: (dy, [value]) => ({ logits: () => tf.sub(dy, tf.mul(tf.sum(dy, -1, true), tf.exp(value as tf.Tensor))) }),
  },
  {
    kernelName: tf.BatchMatMul,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved, { transposeA, transposeB }) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      const [ta, tb] = [transposeA as boolean, transposeB as boolean];
      return {
        a: () => (ta ? tf.matMul(b, dy, tb, true) : tf.matMul(dy, b, false, !tb)),
        b: () => (tb ? tf.matMul(dy, a, true, ta) : tf.matMul(a, dy, !ta, false)),
      };
    },
  },
];
