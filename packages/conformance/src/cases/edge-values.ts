import {
  addRelu,
  averagePool2d,
  batchNorm2d,
  conv2d,
  dispose,
  globalAveragePool,
  initialize,
  linear,
  loadStateDict,
  maxPool2d,
  module,
  relu,
} from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import type { ConformanceCase } from '../conformance-case.ts';
import { expectSame } from '../expect.ts';
import { assumesFinite, flushesDenormals, startsAtLowestNumber, takesNoEmptyTensors } from '../skip-reasons.ts';

// Literal results, which tfjs' cpu backend has too.

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const DENORMAL = Math.fround(1e-40);

/** Checks what a function makes of values. */
const onValues = (name: string, values: number[], f: (x: tf.Tensor) => tf.Tensor, expected: number[]): ConformanceCase => ({
  name,
  run: async () => {
    const y = tf.tidy(() => f(tf.tensor4d(values, [1, 1, values.length, 1])));
    const actual = await y.data();
    y.dispose();
    expectSame('values', actual, expected);
  },
});

/** A 3x3 convolution whose taps are all 1, over an 8x8 image of ones with one other pixel at (3, 4). */
async function blurOf(pixel: number): Promise<ArrayLike<number>> {
  const model = conv2d(1, 1, { kernel: 3 });
  loadStateDict(model, new Map([['weight', { shape: [1, 1, 3, 3], data: new Float32Array(9).fill(1) }]]));
  const image = new Float32Array(64).fill(1);
  image[3 * 8 + 4] = pixel;
  const y = tf.tidy(() => model.forward(tf.tensor4d(image, [1, 8, 8, 1]), 'eval'));
  const values = await y.data();
  y.dispose();
  dispose(model);
  return values;
}

/** What the convolution gives where it sees no other pixel: the number of ones under it. */
const ones = (i: number) => {
  const across = (at: number) => (at === 0 || at === 7 ? 2 : 3);
  return across(Math.floor(i / 8)) * across(i % 8);
};
const seesPixel = (i: number) => Math.abs(Math.floor(i / 8) - 3) <= 1 && Math.abs((i % 8) - 4) <= 1;

const spreads = (what: string, pixel: number): ConformanceCase => ({
  name: `${what} in an image reaches the 3x3 windows that see it, and no other`,
  skip: assumesFinite,
  run: async () =>
    expectSame(
      'values',
      await blurOf(pixel),
      Array.from({ length: 64 }, (_, i) => (seesPixel(i) ? pixel : ones(i))),
    ),
});

export const edgeValues: readonly ConformanceCase[] = [
  { ...onValues('ReLU keeps NaN and infinity', [-inf, -1, -0, 0, 1, inf, nan], relu, [0, 0, 0, 0, 1, inf, nan]), skip: assumesFinite },
  { ...onValues('ReLU keeps denormals', [DENORMAL, -DENORMAL], relu, [DENORMAL, 0]), skip: flushesDenormals },
  { ...onValues('products may be denormal', [1e-20, -1e-20], (x) => tf.mul(x, 1e-20), [DENORMAL, -DENORMAL]), skip: flushesDenormals },
  {
    ...onValues('infinity less infinity is NaN, also through addRelu', [inf, -inf, 1], (x) => addRelu(x, tf.neg(x)), [nan, nan, 0]),
    skip: assumesFinite,
  },
  {
    ...onValues('a maximum may be minus infinity', [-inf, -inf, 1, 2], (x) => maxPool2d({ kernel: 1 })(x), [-inf, -inf, 1, 2]),
    skip: startsAtLowestNumber,
  },
  {
    ...onValues(
      'the largest numbers do not overflow where nothing is added to them',
      [3e38, -3e38],
      (x) => averagePool2d({ kernel: 1 })(x),
      [Math.fround(3e38), Math.fround(-3e38)],
    ),
  },
  spreads('infinity', inf),
  spreads('NaN', nan),
  {
    name: 'an empty batch goes through convolution, norm, pools and linear layer, with its shapes',
    skip: takesNoEmptyTensors,
    run: async () => {
      const parts = { conv: conv2d(3, 4, { kernel: 3, stride: 2 }), bn: batchNorm2d(4), fc: linear(4, 5) };
      const model = module('empty', parts, (m, x, mode) => {
        const h = maxPool2d({ kernel: 2 })(relu(m.bn.forward(m.conv.forward(x, mode), mode)));
        return m.fc.forward(globalAveragePool(h), mode);
      });
      initialize(model, { seed: 1 });
      const y = tf.tidy(() => model.forward(tf.zeros([0, 8, 8, 3]), 'eval'));
      const values = await y.data();
      const { shape } = y;
      y.dispose();
      dispose(model);
      expectSame('shape', shape, [0, 5]);
      expectSame('values', values, []);
    },
  },
];
