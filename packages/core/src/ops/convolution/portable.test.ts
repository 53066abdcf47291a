import '@tensorflow/tfjs-backend-cpu';
import { relativeError } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { uniform } from '../../random.ts';
import { slide } from '../window.ts';
import { type Conv2DAttributes, convolve, filterGradient, inputGradient } from './portable.ts';

type Shape4D = [number, number, number, number];

interface Problem extends Conv2DAttributes {
  readonly x: Shape4D;
  /** `[kh,kw,C/groups,O]` */
  readonly filter: Shape4D;
  readonly y: Shape4D;
}

/** Every pair of a filter tap and a pixel that it reads: flat indices of x, filter and y. Convolution as it is defined. */
function* taps({ x: [n, h, w, c], filter: [kh, kw, inC, outC], y: [, oh, ow], strides, pad, dilations, groups }: Problem) {
  for (let b = 0; b < n; b++)
    for (let i = 0; i < oh; i++)
      for (let j = 0; j < ow; j++)
        for (let o = 0; o < outC; o++)
          for (let p = 0; p < kh; p++)
            for (let q = 0; q < kw; q++) {
              const [row, column] = [i * strides[0] - pad[0] + p * dilations[0], j * strides[1] - pad[2] + q * dilations[1]];
              if (row < 0 || row >= h || column < 0 || column >= w) continue;
              const group = Math.floor(o / (outC / groups));
              for (let k = 0; k < inC; k++)
                yield [
                  ((b * h + row) * w + column) * c + group * inC + k,
                  ((p * kw + q) * inC + k) * outC + o,
                  ((b * oh + i) * ow + j) * outC + o,
                ] as const;
            }
}

const size = (shape: readonly number[]) => shape.reduce((product, d) => product * d, 1);
const numbers = (shape: readonly number[], seed: number) => {
  const next = uniform(seed);
  return Float32Array.from({ length: size(shape) }, () => 2 * next() - 1);
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Sizes, strides, dilations, groups and one-sided paddings of all kinds, each a function of its seed. */
function problem(seed: number): Problem {
  const next = uniform(seed);
  const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T;
  const groups = pick([1, 2, 3, 4, 8]);
  const inC = pick([1, 2, 3]);
  const outC = groups * pick([1, 2, 3]);
  const [kh, kw] = [pick([1, 2, 3, 5]), pick([1, 3])];
  const dilations = [pick([1, 1, 2, 3]), pick([1, 1, 2])] as const;
  const strides = [pick([1, 2, 3]), pick([1, 2])] as const;
  const pad = [pick([0, 1, 2]), pick([0, 1, 2]), pick([0, 1, 3]), pick([0, 1, 2])] as const;
  const [spanH, spanW] = [dilations[0] * (kh - 1) + 1, dilations[1] * (kw - 1) + 1];
  const [h, w] = [spanH + pick([0, 1, 3, 4]), spanW + pick([0, 1, 2, 5])];
  const window = { strides, pad, dilations };
  const n = pick([1, 2]);
  const [oh, ow] = slide('test', [h, w], [kh, kw], window);
  return { ...window, groups, x: [n, h, w, inC * groups], filter: [kh, kw, inC, outC], y: [n, oh, ow, outC] };
}

describe.each(Array.from({ length: 60 }, (_, seed) => problem(seed)))(
  'x [$x], filter [$filter], strides [$strides], padding [$pad], dilations [$dilations], $groups groups',
  (p) => {
    const [x, filter, dy] = [numbers(p.x, 1), numbers(p.filter, 2), numbers(p.y, 3)];
    const expected = { y: new Float64Array(size(p.y)), x: new Float64Array(size(p.x)), filter: new Float64Array(size(p.filter)) };
    for (const [i, f, o] of taps(p)) {
      (expected.y[o] as number) += (x[i] as number) * (filter[f] as number);
      (expected.x[i] as number) += (dy[o] as number) * (filter[f] as number);
      (expected.filter[f] as number) += (dy[o] as number) * (x[i] as number);
    }

    // float32 against float64 sums of at most a few hundred terms
    test('convolution and both gradients are those of the definition', () => {
      tf.tidy(() => {
        const y = convolve({ x: tf.tensor4d(x, p.x), filter: tf.tensor4d(filter, p.filter) }, p);
        expect(y.shape).toEqual(p.y);
        expect(relativeError(y.dataSync(), expected.y)).toBeLessThan(1e-6);
        const dx = inputGradient({ dy: tf.tensor4d(dy, p.y), filter: tf.tensor4d(filter, p.filter) }, { ...p, inputShape: p.x });
        expect(relativeError(dx.dataSync(), expected.x)).toBeLessThan(1e-6);
        const dFilter = filterGradient({ x: tf.tensor4d(x, p.x), dy: tf.tensor4d(dy, p.y) }, { ...p, filterShape: p.filter });
        expect(relativeError(dFilter.dataSync(), expected.filter)).toBeLessThan(1e-6);
      });
    });
  },
);
