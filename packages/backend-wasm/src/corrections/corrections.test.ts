import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BackendInfo, useWasm } from '../index.ts';

// Expected values are PyTorch 1.13's, `/usr/bin/python3`, where no other origin is named.

let info: BackendInfo;
beforeAll(async () => {
  info = await useWasm();
});
afterAll(() => info.dispose());

const valuesOf = (tensor: tf.Tensor) => Array.from(tensor.dataSync());

/** Within two roundings of float32. */
function expectClose(tensor: tf.Tensor, expected: readonly number[]): void {
  const values = valuesOf(tensor);
  expect(values).toHaveLength(expected.length);
  for (const [i, value] of expected.entries())
    expect(Math.abs((values[i] as number) - value), `${values[i]} at ${i}`).toBeLessThanOrEqual(1.2e-7 * Math.abs(value));
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

test('an average that reaches into padding is of the pixels that it covers, and so is its gradient', () => {
  const x = tf.tensor4d(range(9), [1, 3, 3, 1]);
  const pool = (v: tf.Tensor) => tf.avgPool(v as tf.Tensor4D, 2, 2, 1);
  expectClose(pool(x), [0, 1.5, 4.5, 6]);
  expectClose(tf.grad(pool)(x, tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1])), [1, 1, 1, 1.5, 1, 1, 1.5, 1, 1]);
});

test('the largest of a volume may be negative or NaN, and the first of several gets the gradient', () => {
  const x = tf.tensor5d([-3, -1, -1, -2, Number.NaN, -5, -4, -6], [1, 2, 2, 2, 1]);
  const pool = (v: tf.Tensor) => tf.maxPool3d(v as tf.Tensor5D, [1, 2, 2], 1, 'valid');
  expect(valuesOf(pool(x))).toEqual([-1, Number.NaN]);
  expect(valuesOf(tf.grad(pool)(x, tf.tensor5d([2, 5], [1, 2, 1, 1, 1])))).toEqual([0, 2, 0, 0, 5, 0, 0, 0]);
});

test('where the largest of a window is, when all are negative, in the image and in the batch', () => {
  const x = tf.tensor4d([-1, -2, -3, -4, -4, -3, -1, -2], [2, 2, 2, 1]);
  const { result, indexes } = tf.maxPoolWithArgmax(x, 2, 2, 'valid');
  expect([valuesOf(result as tf.Tensor), valuesOf(indexes as tf.Tensor)]).toEqual([
    [-1, -1],
    [0, 2],
  ]);
  expect(valuesOf(tf.maxPoolWithArgmax(x, 2, 2, 'valid', true).indexes as tf.Tensor)).toEqual([0, 6]);
});

describe('the gradient of resizing', () => {
  const dy = range(12).map((v) => v + 1);
  const gradient = (resize: (x: tf.Tensor4D) => tf.Tensor4D, shape: [number, number, number, number]) =>
    tf.grad((x) => resize(x as tf.Tensor4D))(tf.zeros(shape), tf.tensor4d(dy, [1, 3, 4, 1]));

  test('to the nearest neighbour', () => {
    const dx = gradient((x) => tf.image.resizeNearestNeighbor(x, [3, 4]), [1, 2, 2, 1]);
    expect(valuesOf(dx)).toEqual([14, 22, 19, 23]);
  });

  test('from one row, with corners aligned, which tfjs’ cpu backend never comes back from', () => {
    const dx = gradient((x) => tf.image.resizeNearestNeighbor(x, [3, 4], true), [1, 1, 4, 1]);
    expect(valuesOf(dx)).toEqual([15, 18, 21, 24]); // the sums of dy's columns
  });

  test('between pixels, whose centers are half a pixel in', () => {
    const dx = gradient((x) => tf.image.resizeBilinear(x, [3, 4], false, true), [1, 2, 3, 1]);
    expectClose(dx, [5.375, 7.1875, 10.4375, 16.375, 17.1875, 21.4375]);
  });

  test('between pixels, with corners aligned', () => {
    const dx = gradient((x) => tf.image.resizeBilinear(x, [3, 4], true), [1, 2, 3, 1]);
    expectClose(dx, [31 / 6, 23 / 3, 61 / 6, 95 / 6, 55 / 3, 125 / 6]);
  });
});

test('the error function is right to the last bit', () => {
  const x = tf.tensor1d([-5, -0.5, -1e-7, 0, 1e-3, 0.3, 1, 3.9, Number.NaN, Number.POSITIVE_INFINITY]);
  const y = valuesOf(tf.erf(x));
  expect(y.slice(-2)).toEqual([Number.NaN, 1]);
  expectClose(tf.tensor1d(y.slice(0, -2)), [
    -1,
    -0.5204998778130465,
    // of float32's 1e-7
    (-2 / Math.sqrt(Math.PI)) * Math.fround(1e-7),
    0,
    (2 / Math.sqrt(Math.PI)) * Math.fround(1e-3) * (1 - 1e-6 / 3),
    0.3286267594591274,
    0.8427007929497149,
    1,
  ]);
});

test('sums and products along an axis that is counted from the end', () => {
  const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  expect(valuesOf(tf.cumsum(x, -2))).toEqual([1, 2, 3, 5, 7, 9]);
  expect(valuesOf(tf.cumprod(x, -1))).toEqual([1, 2, 6, 4, 20, 120]);
});

test('a depthwise filter of one row has strides', () => {
  const x = tf.tensor4d([1, 2, 3, 4, 5], [1, 1, 5, 1]);
  const filter = tf.tensor4d([1, 10, 100], [1, 3, 1, 1]);
  expect(valuesOf(tf.depthwiseConv2d(x, filter, 2, 'same'))).toEqual([210, 432, 54]);
});

test('a slice that is not there is refused', () => {
  expect(() => tf.slice(tf.tensor1d([1, 2, 3]), 2, 2)).toThrow();
});

test('NaN is not lost', () => {
  const x = tf.tensor1d([Number.NaN, 1, Number.NaN, -1, 9]);
  const one = tf.tensor1d([1, Number.NaN, 1, 1, 1]);
  expect(valuesOf(tf.maximum(x, one))).toEqual([Number.NaN, Number.NaN, Number.NaN, 1, 9]);
  expect(valuesOf(tf.minimum(x, one))).toEqual([Number.NaN, Number.NaN, Number.NaN, -1, 1]);
  expect(valuesOf(tf.relu6(x))).toEqual([Number.NaN, 1, Number.NaN, 0, 6]);
  expect(valuesOf(tf.clipByValue(x, 0, 6))).toEqual([Number.NaN, 1, Number.NaN, 0, 6]);
  expect(valuesOf(tf.max(x))).toEqual([Number.NaN]);
});
