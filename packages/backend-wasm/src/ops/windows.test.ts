import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BackendInfo, useWasm } from '../index.ts';
import { type ConvGeometry, outputShape, stockGeometry } from './conv-geometry.ts';
import { randomValues, referenceConv, relativeError } from './reference-conv.testing.ts';

// tfjs' rounding modes, numeric padding of windows that are not square, and explicit padding with 'ceil' give windows that lie partly or
// wholly outside of the padded image. What is there is zero, and in pooling nothing.

interface Windows {
  readonly x: [number, number, number, number];
  readonly filterSize: [number, number];
  readonly strides: [number, number];
  readonly dilations: [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** A sequence of choices that is the same for the same seed. */
function chooser(seed: number) {
  let state = seed;
  return <T>(from: readonly T[]): T => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return from[Math.floor((state / 2 ** 32) * from.length)] as T;
  };
}

function anyWindows(choose: ReturnType<typeof chooser>): Windows {
  const pad = choose(['valid', 'same', 0, 1, 2, 3, 'explicit'] as const);
  const side = () => [choose([0, 1, 2]), choose([0, 1, 2, 3])] as [number, number];
  const size = () => choose([1, 2, 3, 4]);
  const rounding = choose(['ceil', 'ceil', 'round', 'floor'] as const);
  return {
    x: [choose([1, 2]), choose([1, 2, 4, 7, 9]), choose([1, 3, 5, 8]), choose([1, 3, 4, 8, 9])],
    filterSize: [size(), size()],
    strides: [choose([1, 2, 3]), choose([1, 2, 3])],
    dilations: [choose([1, 1, 2]), choose([1, 1, 2])],
    pad: pad === 'explicit' ? [[0, 0], side(), side(), [0, 0]] : pad,
    ...(typeof pad === 'number' || pad === 'explicit' ? { dimRoundingMode: rounding } : {}),
  };
}

const NAMED: readonly Windows[] = [
  { x: [1, 6, 6, 3], filterSize: [3, 3], strides: [2, 2], dilations: [1, 1], pad: 0, dimRoundingMode: 'ceil' },
  { x: [1, 7, 7, 8], filterSize: [2, 2], strides: [3, 3], dilations: [1, 1], pad: 1, dimRoundingMode: 'round' },
  { x: [2, 5, 6, 4], filterSize: [1, 3], strides: [1, 1], dilations: [1, 1], pad: 1 },
  { x: [2, 5, 6, 8], filterSize: [3, 3], strides: [1, 2], dilations: [1, 1], pad: 1 },
  { x: [1, 4, 9, 8], filterSize: [3, 1], strides: [1, 1], dilations: [1, 1], pad: 2 },
  { x: [1, 5, 5, 8], filterSize: [1, 1], strides: [1, 3], dilations: [1, 1], pad: 3 }, // whole windows outside
  {
    x: [1, 6, 5, 3],
    filterSize: [3, 3],
    strides: [2, 2],
    dilations: [1, 1],
    pad: [
      [0, 0],
      [0, 1],
      [1, 0],
      [0, 0],
    ],
    dimRoundingMode: 'ceil',
  },
];

const run = (name: string, inputs: tf.NamedTensorMap, attrs: object) =>
  [tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap)].flat() as tf.Tensor[];

type Results = Record<string, { readonly shape: number[]; readonly values: readonly number[] } | 'refused'>;

/** Every operation that looks through windows, on the current backend. */
function everyWindow({ x: shape, filterSize, dilations, ...windows }: Windows): Results {
  const [, , , channels] = shape;
  const outChannels = channels === 8 ? 16 : 5;
  const tensor = (size: readonly number[], seed: number) => tf.tensor(randomValues(tf.util.sizeFromShape([...size]), seed), [...size]);
  const results: Results = {};
  const attempt = (name: string, compute: () => tf.Tensor): tf.Tensor | undefined => {
    try {
      const y = compute();
      // tfjs counts windows that have no room, with less than zero or -0 of them
      if (y.shape.some((size) => size < 0)) throw new Error(`a shape of [${y.shape}]`);
      results[name] = { shape: y.shape.map((size) => size + 0), values: Array.from(y.dataSync()) };
      return y;
    } catch {
      results[name] = 'refused';
      return undefined;
    }
  };
  tf.tidy(() => {
    tf.fill([5000], Number.NaN).dispose(); // what memory may hold
    const x = tensor(shape, 1);
    const filterShape = [...filterSize, channels, outChannels];
    const filter = tensor(filterShape, 2);
    const attrs = { ...windows, dilations, dataFormat: 'NHWC' };
    const y = attempt('Conv2D', () => run('Conv2D', { x, filter }, attrs)[0] as tf.Tensor);
    attempt('FusedConv2D', () => run('FusedConv2D', { x, filter }, { ...attrs, activation: 'relu' })[0] as tf.Tensor);
    attempt('FusedConv2D with ELU', () => run('FusedConv2D', { x, filter }, { ...attrs, activation: 'elu' })[0] as tf.Tensor);
    // tfjs has no gradients of dilated convolutions: its cpu kernels ignore the dilation
    const dilated = Math.max(...dilations) > 1;
    const dy = !dilated && y && tensor(y.shape, 3);
    if (dy)
      attempt('Conv2DBackpropInput', () => run('Conv2DBackpropInput', { dy, filter }, { ...attrs, inputShape: shape })[0] as tf.Tensor);
    if (dy) attempt('Conv2DBackpropFilter', () => run('Conv2DBackpropFilter', { x, dy }, { ...attrs, filterShape })[0] as tf.Tensor);

    const depthwiseShape = [...filterSize, channels, 2];
    const depthwise = tensor(depthwiseShape, 4);
    const depthwiseDy = !dilated && y && tensor([...y.shape.slice(0, 3), channels * 2], 5);
    if (depthwiseDy) {
      attempt(
        'DepthwiseConv2dNativeBackpropInput',
        () =>
          run(
            'DepthwiseConv2dNativeBackpropInput',
            { dy: depthwiseDy, filter: depthwise },
            { ...attrs, inputShape: shape },
          )[0] as tf.Tensor,
      );
      attempt(
        'DepthwiseConv2dNativeBackpropFilter',
        () => run('DepthwiseConv2dNativeBackpropFilter', { x, dy: depthwiseDy }, { ...attrs, filterShape: depthwiseShape })[0] as tf.Tensor,
      );
    }

    // Where windows are one pixel and the result is as large as the image, tfjs' cpu kernels hand the image on, wherever windows are.
    if (Math.max(...filterSize) === 1) return;
    const pooled = attempt('MaxPool', () => run('MaxPool', { x }, { ...windows, filterSize })[0] as tf.Tensor);
    attempt('AvgPool', () => run('AvgPool', { x }, { ...windows, filterSize })[0] as tf.Tensor);
    const gradient = pooled && tensor(pooled.shape, 6);
    if (gradient)
      attempt(
        'MaxPoolGrad',
        () => run('MaxPoolGrad', { dy: gradient, input: x, output: pooled }, { ...windows, filterSize })[0] as tf.Tensor,
      );
  });
  return results;
}

describe.each([1, 2])('with %i thread(s), what windows see beyond an image', (threads) => {
  let info: BackendInfo;
  beforeAll(async () => {
    info = await useWasm({ threads });
  });
  afterAll(() => info.dispose());

  const choose = chooser(20 + threads);
  const cases = [...NAMED, ...Array.from({ length: 250 }, () => anyWindows(choose))];

  test(`is what it is on tfjs' cpu backend, in ${cases.length} cases`, async () => {
    let refused = 0;
    for (const windows of cases) {
      await tf.setBackend('cpu');
      const expected = everyWindow(windows);
      await tf.setBackend('wasm');
      const given = everyWindow(windows);
      const name = JSON.stringify(windows);
      for (const [kernel, there] of Object.entries(expected)) {
        const here = given[kernel];
        if (there === 'refused') refused++;
        if (there === 'refused' || here === 'refused' || !here) {
          expect(here, `${kernel} of ${name}`).toBe(there);
          continue;
        }
        expect(here.shape, `${kernel} of ${name}`).toEqual(there.shape);
        // Sums of up to 144 products of numbers below 1, which Winograd's algorithm rounds a little more.
        const far = there.values.findIndex((v, i) => !(Object.is(v, here.values[i]) || Math.abs(v - (here.values[i] as number)) < 2e-5));
        expect(far < 0 ? 'equal' : `${here.values[far]} at ${far}, not ${there.values[far]}`, `${kernel} of ${name}`).toBe('equal');
      }
    }
    expect(refused).toBeLessThan(cases.length);
  });

  test('is zero for the gradients of dilated convolutions too', () => {
    for (const { x: shape, filterSize, ...windows } of cases.filter(({ dilations }) => Math.max(...dilations) > 1)) {
      const filterShape = [...filterSize, shape[3], 4];
      let g: ConvGeometry;
      try {
        g = stockGeometry(shape, filterShape, windows);
      } catch {
        continue; // no convolution; the test above has it refused
      }
      tf.tidy(() => {
        const [a, w] = [randomValues(tf.util.sizeFromShape(shape), 1), randomValues(tf.util.sizeFromShape(filterShape), 2)];
        const b = randomValues(tf.util.sizeFromShape(outputShape(g)), 3);
        const [x, filter, dy] = [tf.tensor(a, shape), tf.tensor(w, filterShape), tf.tensor(b, outputShape(g))];
        const [dx] = run('Conv2DBackpropInput', { dy, filter }, { ...windows, inputShape: shape }) as [tf.Tensor];
        const [dw] = run('Conv2DBackpropFilter', { x, dy }, { ...windows, filterShape }) as [tf.Tensor];
        expect(relativeError(dx.dataSync(), referenceConv.inputGradient(g, w, b))).toBeLessThan(1e-5);
        expect(relativeError(dw.dataSync(), referenceConv.filterGradient(g, a, b))).toBeLessThan(1e-5);
      });
    }
  });
});
