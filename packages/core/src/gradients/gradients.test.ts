import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { registerGradients } from './register.ts';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

const x = () => tf.tensor2d([0.3, -1.2, 2.1, 0.7, -0.4, 1.5], [2, 3]);
const positive = () => tf.tensor2d([0.3, 1.2, 2.1, 0.7, 0.4, 1.5], [2, 3]);
const row = () => tf.tensor1d([0.5, -2, 1.5]);
const weights = () => tf.tensor([0.7, -0.3, 1.1, 0.2, -0.9, 0.4, 0.6, -1.3, 0.8]);

/** Each on its operands; the gradients are compared with central differences. */
const functions: Record<string, [f: (...x: tf.Tensor[]) => tf.Tensor, operands: () => tf.Tensor[]]> = {
  'add with broadcasting': [tf.add, () => [x(), row()]],
  'sub with broadcasting': [tf.sub, () => [row(), x()]],
  'mul with broadcasting': [tf.mul, () => [x(), row()]],
  'div with broadcasting': [tf.div, () => [x(), row()]],
  neg: [tf.neg, () => [x()]],
  square: [tf.square, () => [x()]],
  log: [tf.log, () => [positive()]],
  abs: [tf.abs, () => [x()]],
  exp: [tf.exp, () => [x()]],
  sqrt: [tf.sqrt, () => [positive()]],
  rsqrt: [tf.rsqrt, () => [positive()]],
  sigmoid: [tf.sigmoid, () => [x()]],
  tanh: [tf.tanh, () => [x()]],
  relu: [tf.relu, () => [x()]],
  relu6: [(a) => tf.relu6(tf.mul(a, 5)), () => [x()]],
  'sum over an axis': [(a) => tf.sum(a, 0), () => [x()]],
  'sum over a negative axis, kept': [(a) => tf.sum(a, -1, true), () => [x()]],
  'sum over all': [(a) => tf.sum(a), () => [x()]],
  'mean over an axis': [(a) => tf.mean(a, 1), () => [x()]],
  'mean over all': [(a) => tf.mean(a), () => [x()]],
  softmax: [(a) => tf.softmax(a as tf.Tensor2D), () => [x()]],
  logSoftmax: [(a) => tf.logSoftmax(a as tf.Tensor2D), () => [x()]],
  reshape: [(a) => tf.reshape(a, [3, 2]), () => [x()]],
  transpose: [(a) => tf.transpose(tf.reshape(a, [1, 2, 3]), [2, 0, 1]), () => [x()]],
  pad: [
    (a) =>
      tf.slice(
        tf.pad(a, [
          [1, 0],
          [0, 2],
        ]),
        [0, 0],
        [3, 3],
      ),
    () => [x()],
  ],
  slice: [(a) => tf.slice(a, [0, 1], [2, 2]), () => [x()]],
  concat: [(a, b) => tf.concat([a, b], 0), () => [x(), tf.reshape(row(), [1, 3])]],
  'concat along the last axis': [(a, b) => tf.concat([tf.slice(a, [0, 0], [1, 3]), b], -1), () => [x(), tf.reshape(row(), [1, 3])]],
  matMul: [(a, b) => tf.matMul(a, b), () => [x(), tf.reshape(row(), [3, 1])]],
  'matMul with the first transposed': [(a, b) => tf.matMul(a, b, true, false), () => [x(), tf.tensor2d([0.4, -0.8], [2, 1])]],
  'matMul with the second transposed': [(a, b) => tf.matMul(a, b, false, true), () => [x(), tf.reshape(row(), [1, 3])]],
  'matMul with both transposed': [(a, b) => tf.matMul(a, b, true, true), () => [x(), tf.tensor2d([0.4, -0.8], [1, 2])]],
};

test.each(Object.entries(functions))('the gradient of %s is its central difference', (_, [f, operands]) => {
  tf.tidy(() => {
    const loss = (...inputs: tf.Tensor[]) => {
      const y = f(...inputs);
      return tf.sum(tf.mul(tf.reshape(y, [y.size]), tf.slice(weights(), 0, y.size))) as tf.Scalar;
    };
    const inputs = operands();
    const gradients = tf.grads(loss)(inputs);
    inputs.forEach((input, i) => {
      const values = input.dataSync();
      const actual = (gradients[i] as tf.Tensor).dataSync();
      expect((gradients[i] as tf.Tensor).shape).toEqual(input.shape);
      values.forEach((_, j) => {
        const h = 1e-2;
        const at = (delta: number) =>
          loss(
            ...inputs.map((t, k) =>
              k === i
                ? tf.tensor(
                    values.map((v, m) => (m === j ? v + delta : v)),
                    t.shape,
                  )
                : t,
            ),
          ).dataSync()[0] as number;
        // float32 differences over 2h: good to about 1e-3 of values of order one
        expect(Math.abs((at(h) - at(-h)) / (2 * h) - (actual[j] as number)), `operand ${i}, value ${j}`).toBeLessThan(4e-3);
      });
    });
  });
});

test('registering twice, or beside gradients that are there already, changes nothing', () => {
  const before = tf.getGradient(tf.Add);
  registerGradients();
  expect(tf.getGradient(tf.Add)).toBe(before);
});
