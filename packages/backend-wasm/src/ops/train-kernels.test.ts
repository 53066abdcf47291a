import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BackendInfo, useWasm } from '../index.ts';
import { randomValues, relativeError } from './reference-conv.testing.ts';

const kernel = (name: string, inputs: tf.NamedTensorMap, attributes: object = {}): tf.Tensor[] =>
  [tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap)].flat() as tf.Tensor[];
const values = (tensor: tf.Tensor | undefined) => (tensor as tf.Tensor).dataSync() as Float32Array;

// A few roundings of float32, 6e-8 each.
const TOLERANCE = 2e-6;

/** Batch norm's definition and its gradient (Ioffe & Szegedy 2015, section 3), in float64. */
function referenceBatchNorm(x: Float32Array, dy: Float32Array, scale: Float32Array, offset: Float32Array, epsilon: number) {
  const channels = scale.length;
  const pixels = x.length / channels;
  const result = {
    y: [] as number[],
    dx: [] as number[],
    mean: [] as number[],
    variance: [] as number[],
    dScale: [] as number[],
    dOffset: [] as number[],
  };
  for (let c = 0; c < channels; c++) {
    const at = (p: number) => p * channels + c;
    const column = Array.from({ length: pixels }, (_, p) => x[at(p)] as number);
    const gradient = Array.from({ length: pixels }, (_, p) => dy[at(p)] as number);
    const sum = (v: number[]) => v.reduce((a, b) => a + b, 0);
    const mean = sum(column) / pixels;
    const variance = sum(column.map((v) => (v - mean) ** 2)) / pixels;
    const inverse = 1 / Math.sqrt(variance + epsilon);
    const normal = column.map((v) => (v - mean) * inverse);
    const dOffset = sum(gradient);
    const dScale = sum(gradient.map((v, p) => v * (normal[p] as number)));
    for (let p = 0; p < pixels; p++) {
      result.y[at(p)] = (normal[p] as number) * (scale[c] as number) + (offset[c] as number);
      result.dx[at(p)] =
        (scale[c] as number) * inverse * ((gradient[p] as number) - dOffset / pixels - ((normal[p] as number) * dScale) / pixels);
    }
    result.mean[c] = mean;
    result.variance[c] = variance;
    result.dScale[c] = dScale;
    result.dOffset[c] = dOffset;
  }
  return result;
}

describe.each([1, 2, 7])('with %i thread(s)', (threads) => {
  let info: BackendInfo;
  beforeAll(async () => {
    info = await useWasm({ threads });
  });
  afterAll(() => info.dispose());

  test.each([
    [1, 2, 1, 1],
    [2, 3, 5, 6],
    [2, 4, 4, 16],
    [1, 7, 7, 29],
    [3, 40, 40, 24],
  ])('batch norm and its gradient are the definition: %ix%ix%ix%i', (...shape) => {
    const channels = shape[3] as number;
    const size = shape.reduce((a, b) => a * b, 1);
    // a mean far from zero: E[x²] - E[x]² would lose three digits
    const x = randomValues(size, 1).map((v) => v + 10);
    const [dy, scale, offset] = [randomValues(size, 2), randomValues(channels, 3), randomValues(channels, 4)];
    const expected = referenceBatchNorm(x, dy, scale, offset, 1e-5);
    const inputs = { x: tf.tensor(x, shape), scale: tf.tensor1d(scale), offset: tf.tensor1d(offset) };
    const [y, mean, variance] = kernel('ResNetBatchNormTrain', inputs, { epsilon: 1e-5 }) as [tf.Tensor, tf.Tensor, tf.Tensor];
    expect(relativeError(values(mean), expected.mean)).toBeLessThan(TOLERANCE);
    expect(relativeError(values(variance), expected.variance)).toBeLessThan(TOLERANCE);
    // rounding x - mean, with both near 10, is one part in 1e7 of 10
    expect(relativeError(values(y), expected.y)).toBeLessThan(1e-5);
    const [dx, dScale, dOffset] = kernel(
      'ResNetBatchNormTrainGrad',
      { dy: tf.tensor(dy, shape), x: inputs.x, scale: inputs.scale, mean, variance },
      { epsilon: 1e-5 },
    );
    if (size > 2) expect(relativeError(values(dx), expected.dx)).toBeLessThan(1e-5);
    expect(relativeError(values(dScale), expected.dScale)).toBeLessThan(1e-5);
    expect(relativeError(values(dOffset), expected.dOffset)).toBeLessThan(1e-5);
  });

  test('sums over many pixels are as exact as over few: statistics, the gradient of scale and offset, the mean of an image', () => {
    const shape = [1, 160, 160, 20];
    const [size, channels] = [shape.reduce((a, b) => a * b, 1), 20];
    const x = randomValues(size, 1).map((v) => v + 10);
    // gradients with a mean, so that their sums grow
    const dy = randomValues(size, 2).map((v) => v + 1);
    const [scale, offset] = [randomValues(channels, 3), randomValues(channels, 4)];
    const expected = referenceBatchNorm(x, dy, scale, offset, 1e-5);
    const inputs = { x: tf.tensor(x, shape), scale: tf.tensor1d(scale), offset: tf.tensor1d(offset) };
    const [y, mean, variance] = kernel('ResNetBatchNormTrain', inputs, { epsilon: 1e-5 }) as [tf.Tensor, tf.Tensor, tf.Tensor];
    // One rounding is up to 6e-8. Added in float32 throughout a chunk, the mean was off by 1.4e-7, an image's by 2e-6, outputs by 5e-6.
    const ONE_ROUNDING = 6e-8;
    expect(relativeError(values(mean), expected.mean)).toBeLessThan(ONE_ROUNDING);
    expect(relativeError(values(variance), expected.variance)).toBeLessThan(2 * ONE_ROUNDING);
    expect(relativeError(values(tf.mean(inputs.x, [1, 2])), expected.mean)).toBeLessThan(ONE_ROUNDING);
    // What is left of an output's mean is what was wrong with the statistics: what rounding the mean to float32 took away, the shift gives back.
    const left = new Float64Array(channels);
    for (const [i, v] of values(y).entries()) left[i % channels] = (left[i % channels] as number) + (v - (offset[i % channels] as number));
    expect(Math.max(...left.map((sum) => Math.abs(sum / (size / channels))))).toBeLessThan(1e-7);
    const [, , dOffset] = kernel(
      'ResNetBatchNormTrainGrad',
      { dy: tf.tensor(dy, shape), x: inputs.x, scale: inputs.scale, mean, variance },
      { epsilon: 1e-5 },
    );
    expect(relativeError(values(dOffset), expected.dOffset)).toBeLessThan(ONE_ROUNDING);
  });

  test.each([1, 3, 4, 70_001])('add, relu, their sum and gradient are elementwise on %i values', (size) => {
    const [a, b] = [randomValues(size, 1), randomValues(size, 2)];
    a[0] = Number.NaN;
    const [x, z] = [tf.tensor1d(a), tf.tensor1d(b)];
    const relu = (v: number) => (Number.isNaN(v) ? v : Math.max(v, 0));
    expect(values(tf.add(x, z))).toEqual(a.map((v, i) => v + (b[i] as number)));
    expect(values(tf.relu(x))).toEqual(a.map(relu));
    const sum = kernel('ResNetAddRelu', { a: x, b: z })[0] as tf.Tensor;
    expect(values(sum)).toEqual(a.map((v, i) => relu(v + (b[i] as number))));
    const gradient = values(kernel('ResNetReluGrad', { dy: z, y: sum })[0]);
    expect(gradient).toEqual(values(sum).map((y, i) => (y <= 0 ? 0 : (b[i] as number))));
  });

  test.each([
    [2, 5, 4, 8],
    [1, 3, 3, 11],
    [3, 40, 40, 18],
  ])('a batch norm and a ReLU in one pass are, to the last bit, the two in turn: %i images of %ix%i, %i channels', (...shape) => {
    const [size, channels] = [shape.reduce((a, b) => a * b, 1), shape[3] as number];
    const [x, dy] = [tf.tensor(randomValues(size, 1), shape), tf.tensor(randomValues(size, 2), shape)];
    const [scale, offset] = [tf.tensor1d(randomValues(channels, 3)), tf.tensor1d(randomValues(channels, 4))];
    const [plain, mean, variance] = kernel('ResNetBatchNormTrain', { x, scale, offset }, { epsilon: 1e-5 }) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const [y, ...statistics] = kernel('ResNetBatchNormTrain', { x, scale, offset }, { epsilon: 1e-5, relu: true }) as [
      tf.Tensor,
      ...tf.Tensor[],
    ];
    expect([y, ...statistics].map(values)).toEqual([tf.relu(plain), mean, variance].map(values));
    const inTurn = kernel(
      'ResNetBatchNormTrainGrad',
      { dy: kernel('ResNetReluGrad', { dy, y })[0] as tf.Tensor, x, scale, mean, variance },
      { epsilon: 1e-5 },
    );
    const atOnce = kernel('ResNetBatchNormTrainGrad', { dy, x, y, scale, mean, variance }, { epsilon: 1e-5 });
    expect(atOnce.map(values)).toEqual(inTurn.map(values));
  });

  test.each([1, 3, 4, 70_001])('a factor of the first of two sums, and of its gradient, is rounded by itself: %i values', (size) => {
    const [a, b] = [randomValues(size, 1), randomValues(size, 2)];
    const factor = Math.fround(1 / 0.7);
    const [x, z] = [tf.tensor1d(a), tf.tensor1d(b)];
    const sum = kernel('ResNetAddRelu', { a: x, b: z }, { factor })[0] as tf.Tensor;
    expect(values(sum)).toEqual(a.map((v, i) => Math.max(Math.fround(v * factor) + (b[i] as number), 0)));
    const [gradient, scaled] = kernel('ResNetReluGrad', { dy: z, y: sum }, { factor }).map(values);
    expect(gradient).toEqual(values(sum).map((y, i) => (y <= 0 ? 0 : (b[i] as number))));
    expect(scaled).toEqual(gradient?.map((g) => g * factor));
  });

  test('max pooling pads with minus infinity, and its gradient goes to the first largest', () => {
    const x = tf.tensor4d([-3, -1, -1, -2], [1, 2, 2, 1]);
    const attributes = { filterSize: [3, 3], strides: [2, 2], pad: [1, 1, 1, 1] };
    const y = kernel('ResNetMaxPool', { x }, attributes)[0] as tf.Tensor;
    expect([y.shape, Array.from(values(y))]).toEqual([[1, 1, 1, 1], [-1]]);
    const dx = kernel('ResNetMaxPoolGrad', { dy: tf.tensor4d([5], [1, 1, 1, 1]), x, y }, attributes)[0];
    expect(Array.from(values(dx))).toEqual([0, 5, 0, 0]);
  });

  test('max pooling keeps NaN and gives it the gradient', () => {
    const x = tf.tensor4d([1, Number.NaN, 3, 4], [1, 1, 4, 1]);
    const attributes = { filterSize: [1, 2], strides: [1, 2], pad: [0, 0, 0, 0] };
    const y = kernel('ResNetMaxPool', { x }, attributes)[0] as tf.Tensor;
    expect(Array.from(values(y))).toEqual([Number.NaN, 4]);
    const dx = kernel('ResNetMaxPoolGrad', { dy: tf.tensor4d([1, 2], [1, 1, 2, 1]), x, y }, attributes)[0];
    expect(Array.from(values(dx))).toEqual([0, 1, 0, 2]);
  });

  test("tfjs' own gradient of max pooling is right where all values are negative", () => {
    const x = tf.tensor4d([-4, -3, -2, -1], [1, 2, 2, 1]);
    const y = tf.maxPool(x, 2, 2, 'valid');
    const inputs = { dy: tf.onesLike(y), input: x, output: y };
    const dx = kernel('MaxPoolGrad', inputs, { filterSize: [2, 2], strides: [2, 2], pad: 'valid' })[0];
    expect(Array.from(values(dx))).toEqual([0, 0, 0, 1]);
  });

  test.each([
    [2, 9, 7, 5],
    [9, 6, 6, 33],
  ])('overlapping windows add their gradients: %ix%ix%ix%i', (...shape) => {
    const [n, h, w, c] = shape as [number, number, number, number];
    const x = randomValues(n * h * w * c, 1);
    const [oh, ow] = [Math.floor((h + 2 - 3) / 2) + 1, Math.floor((w + 2 - 3) / 2) + 1];
    const dy = randomValues(n * oh * ow * c, 2);
    const expected = new Float64Array(x.length);
    const pooled = new Float64Array(dy.length);
    for (let out = 0; out < dy.length; out++) {
      const channel = out % c;
      const column = Math.floor(out / c) % ow;
      const row = Math.floor(out / c / ow) % oh;
      const image = Math.floor(out / c / ow / oh);
      let best = -1;
      for (let i = 2 * row - 1; i < 2 * row + 2; i++)
        for (let j = 2 * column - 1; j < 2 * column + 2; j++) {
          if (i < 0 || j < 0 || i >= h || j >= w) continue;
          const at = ((image * h + i) * w + j) * c + channel;
          if (best < 0 || (x[at] as number) > (x[best] as number)) best = at;
        }
      pooled[out] = x[best] as number;
      expected[best] = (expected[best] as number) + (dy[out] as number);
    }
    const attributes = { filterSize: [3, 3], strides: [2, 2], pad: [1, 1, 1, 1] };
    const input = tf.tensor(x, shape);
    const y = kernel('ResNetMaxPool', { x: input }, attributes)[0] as tf.Tensor;
    expect(Array.from(values(y))).toEqual(Array.from(pooled));
    const dx = kernel('ResNetMaxPoolGrad', { dy: tf.tensor(dy, y.shape), x: input, y }, attributes)[0];
    expect(relativeError(values(dx), expected)).toBeLessThan(TOLERANCE);
  });

  test('cross-entropy and its gradient are the definition, and large logits do not overflow', () => {
    const logits = tf.tensor2d([1, 2, 3, 1000, 0, -1000], [2, 3]);
    const coefficients = tf.tensor2d([0, 0.5, 0, 0, 0.25, 0.25], [2, 3]);
    const [loss, gradient] = kernel('ResNetSoftmaxCrossEntropy', { logits, coefficients });
    const e = Math.exp;
    const total = e(1) + e(2) + e(3);
    expect(values(loss)[0]).toBeCloseTo(-0.5 * Math.log(e(2) / total) + 0.25 * 1000 + 0.25 * 2000, 3);
    const expected = [(0.5 * e(1)) / total, (0.5 * e(2)) / total - 0.5, (0.5 * e(3)) / total, 0.5, -0.25, -0.25];
    expect(relativeError(values(gradient), expected)).toBeLessThan(TOLERANCE);
  });

  test('SGD steps as torch.optim.SGD does: lr 0.1, momentum 0.9, dampening 0.5, weight decay 0.01', () => {
    // torch.tensor([1., -2.]), gradients [0.5, 0.25] twice
    let parameter: tf.Tensor = tf.tensor1d([1, -2]);
    const gradient = tf.tensor1d([0.5, 0.25]);
    const attributes = { learningRate: 0.1, momentum: 0.9, dampening: 0.5, weightDecay: 0.01 };
    let velocity: tf.Tensor | undefined;
    for (let step = 0; step < 2; step++)
      [parameter, velocity] = kernel('ResNetSGD', { parameter, gradient, ...(velocity && { velocity }) }, attributes) as [
        tf.Tensor,
        tf.Tensor,
      ];
    // v1 = g + wd*p = [.51, .23]; p1 = [.949, -2.023]; v2 = .9 v1 + .5 (g + wd*p1) = [.713745, .321885]
    expect(relativeError(values(velocity), [0.713745, 0.321885])).toBeLessThan(TOLERANCE);
    expect(relativeError(values(parameter), [0.8776255, -2.0551885])).toBeLessThan(TOLERANCE);
  });

  test('AdamW steps as torch.optim.AdamW does', () => {
    const size = 5;
    const p = randomValues(size, 1);
    const g = randomValues(size, 2);
    let state = [tf.tensor1d(p), tf.zeros([size]), tf.zeros([size])] as tf.Tensor[];
    const expected = { p: Array.from(p), m: new Array<number>(size).fill(0), v: new Array<number>(size).fill(0) };
    for (let step = 1; step <= 3; step++) {
      const [parameter, first, second] = state as [tf.Tensor, tf.Tensor, tf.Tensor];
      const attributes = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, step };
      state = kernel('ResNetAdamW', { parameter, gradient: tf.tensor1d(g), first, second }, attributes);
      for (let i = 0; i < size; i++) {
        const gradient = g[i] as number;
        const m = 0.9 * (expected.m[i] as number) + 0.1 * gradient;
        const v = 0.999 * (expected.v[i] as number) + 0.001 * gradient * gradient;
        const decayed = (expected.p[i] as number) * (1 - 0.01 * 0.1);
        expected.p[i] = decayed - (0.01 / (1 - 0.9 ** step)) * (m / (Math.sqrt(v) / Math.sqrt(1 - 0.999 ** step) + 1e-8));
        expected.m[i] = m;
        expected.v[i] = v;
      }
    }
    expect(relativeError(values(state[0]), expected.p)).toBeLessThan(TOLERANCE);
  });

  test.each([
    { name: 'whole windows', shape: [2, 6, 4, 5], size: 2, stride: 2, pad: 'valid' },
    { name: 'padding, which does not count', shape: [2, 5, 7, 8], size: 3, stride: 2, pad: 'same' },
  ] as const)("tfjs' average pooling is the definition: $name", ({ shape, size, stride, pad }) => {
    const [n, h, w, c] = shape;
    const x = randomValues(n * h * w * c, 1);
    const [outHeight, outWidth] = [h, w].map((d) => (pad === 'same' ? Math.ceil(d / stride) : Math.floor((d - size) / stride) + 1)) as [
      number,
      number,
    ];
    const before = (d: number, out: number) => (pad === 'same' ? Math.floor(((out - 1) * stride + size - d) / 2) : 0);
    const expected: number[] = [];
    for (let at = 0; at < n * outHeight * outWidth * c; at++) {
      const [i, j, channel] = [Math.floor(at / c / outWidth) % outHeight, Math.floor(at / c) % outWidth, at % c];
      const under: number[] = [];
      for (let k = 0; k < size * size; k++) {
        const row = i * stride - before(h, outHeight) + Math.floor(k / size);
        const column = j * stride - before(w, outWidth) + (k % size);
        const image = Math.floor(at / c / outWidth / outHeight);
        if (row >= 0 && row < h && column >= 0 && column < w) under.push(x[((image * h + row) * w + column) * c + channel] as number);
      }
      expected.push(under.reduce((a, b) => a + b) / under.length);
    }
    const y = tf.avgPool(tf.tensor(x, [...shape]) as tf.Tensor4D, size, stride, pad);
    expect(y.shape).toEqual([n, outHeight, outWidth, c]);
    expect(relativeError(values(y), expected)).toBeLessThan(TOLERANCE);
  });

  test("tfjs' sigmoid is the definition, from 0 to 1, and keeps NaN", () => {
    const x = [...randomValues(70_001, 1).map((v) => 10 * v), -1000, 1000, 0, Number.NaN];
    const y = values(tf.sigmoid(tf.tensor1d(x)));
    expect(
      relativeError(
        y.slice(0, -1),
        x.slice(0, -1).map((v) => 1 / (1 + Math.exp(-v))),
      ),
    ).toBeLessThan(1e-7);
    expect(y.at(-1)).toBeNaN();
  });

  test.each([
    [2, 3, 4, 7],
    [1, 60, 50, 24],
  ])("tfjs' product scales every channel of every image: %ix%ix%ix%i", (...shape) => {
    const [n = 0, h = 0, w = 0, c = 0] = shape;
    const [x, gate] = [randomValues(n * h * w * c, 1), randomValues(n * c, 2)];
    const y = tf.mul(tf.tensor(x, shape), tf.tensor(gate, [n, 1, 1, c]));
    expect(y.shape).toEqual(shape);
    expect(Array.from(values(y))).toEqual(
      Array.from(x, (v, i) => Math.fround(v * (gate[Math.floor(i / (h * w * c)) * c + (i % c)] as number))),
    );
  });

  test.each([
    [1, 2, 5, 3, 4],
    [2, 60, 50, 5, 7],
  ])("tfjs' padding puts channels of zeros beside an image's: %ix%ix%ix5, %i before and %i after", (n, h, w, before, after) => {
    const x = randomValues(n * h * w * 5, 1);
    const sides = [
      [0, 0],
      [0, 0],
      [0, 0],
      [before, after],
    ] as [number, number][];
    const y = tf.pad(tf.tensor(x, [n, h, w, 5]), sides);
    const channels = 5 + before + after;
    expect(y.shape).toEqual([n, h, w, channels]);
    const inside = (i: number) => i % channels >= before && i % channels < before + 5;
    expect(Array.from(values(y))).toEqual(
      Array.from({ length: y.size }, (_, i) => (inside(i) ? (x[Math.floor(i / channels) * 5 + (i % channels) - before] as number) : 0)),
    );
  });

  test('a cast to what a tensor is shares its values; to another type it does not', () => {
    const x = tf.tensor1d([1.5, 2, 0]);
    const before = tf.memory().numDataBuffers;
    expect(Array.from(values(tf.cast(x, 'float32')))).toEqual([1.5, 2, 0]);
    expect(tf.memory().numDataBuffers).toBe(before);
    expect(Array.from(tf.cast(x, 'int32').dataSync())).toEqual([1, 2, 0]);
  });

  test("tfjs' batch norm by given statistics, and channels side by side", () => {
    const x = tf.tensor(randomValues(2 * 3 * 3 * 5, 1), [2, 3, 3, 5]) as tf.Tensor4D;
    const [mean, variance] = [tf.tensor1d(randomValues(5, 2)), tf.tensor1d([1, 2, 3, 4, 5])];
    const y = values(tf.batchNorm(x, mean, variance, tf.tensor1d([1, 2, 3, 4, 5]), undefined, 0.5));
    const [a, m] = [values(x), values(mean)];
    expect(
      relativeError(
        y,
        Array.from(a, (v, i) => (v - (m[i % 5] as number)) / Math.sqrt((i % 5) + 1.5) + (i % 5) + 1),
      ),
    ).toBeLessThan(TOLERANCE);
    const [ones, offset] = [tf.ones<tf.Rank.R1>([10]), tf.tensor1d([1, 2, 3, 4, 5, 1, 2, 3, 4, 5])];
    const twice = { mean: tf.concat([mean, mean]), variance: tf.concat([variance, variance]), scale: ones, offset };
    const [rectified] = kernel('ResNetBatchNormRelu', { x0: x, x1: x, ...twice }, { epsilon: 0.5 });
    expect(rectified?.shape).toEqual([2, 3, 3, 10]);
    const once = Array.from(y, (v) => Math.max(v, 0));
    const pixel = (i: number) => once.slice(Math.floor(i / 10) * 5, Math.floor(i / 10) * 5 + 5);
    expect(Array.from(values(rectified))).toEqual(Array.from({ length: 180 }, (_, i) => pixel(i)[i % 5]));
    const wide = tf.ones<tf.Rank.R4>([2, 3, 3, 4]);
    const both = tf.concat([x, wide, x], 3);
    expect(both.shape).toEqual([2, 3, 3, 14]);
    expect(Array.from(values(both)).slice(14, 28)).toEqual([...a.slice(5, 10), 1, 1, 1, 1, ...a.slice(5, 10)]);
  });

  test('the mean over pixels, a pixel spread over an image and every second pixel', () => {
    const x = tf.tensor(randomValues(2 * 5 * 4 * 9, 1), [2, 5, 4, 9]) as tf.Tensor4D;
    const all = values(x);
    const mean = Array.from({ length: 18 }, (_, i) => {
      let sum = 0;
      for (let p = 0; p < 20; p++) sum += all[Math.floor(i / 9) * 180 + p * 9 + (i % 9)] as number;
      return sum / 20;
    });
    const pooled = tf.mean(x, [1, 2], true);
    expect(relativeError(values(pooled), mean)).toBeLessThan(TOLERANCE);
    expect(values(tf.max(tf.abs(tf.sub(tf.tile(pooled, [1, 5, 4, 1]), pooled))))[0]).toBe(0);
    const every = tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [1, 2, 2, 1]);
    expect(every.shape).toEqual([2, 3, 2, 9]);
    expect(Array.from(values(every)).slice(9, 18)).toEqual(Array.from(all.slice(18, 27)));
    expect(Array.from(values(every)).slice(-9)).toEqual(Array.from(all.slice(180 + 18 * 9, 180 + 19 * 9)));
  });
});
