import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { Abilities } from './attributes.ts';
import { fakeLibrary } from './fake-library.testing.ts';
import { eachTerm } from './reference.ts';
import { registerConvolutions } from './register.ts';

// What is composed of a library's convolutions, against a stand-in for the library (see fake-library.testing.ts).

async function start(can: Abilities, options?: { wrong?: boolean }) {
  const backend = fakeLibrary(can, options);
  tf.copyRegisteredKernels('cpu', 'tensorflow');
  tf.registerBackend('tensorflow', () => backend);
  await tf.setBackend('tensorflow');
  return registerConvolutions(backend);
}

afterEach(async () => {
  tf.removeBackend('tensorflow');
  for (const { kernelName } of tf.getKernelsForBackend('tensorflow')) tf.unregisterKernel(kernelName, 'tensorflow');
  await tf.setBackend('cpu');
});

const NOTHING: Abilities = { groups: false, dilatedGradients: false };
const EVERYTHING: Abilities = { groups: true, dilatedGradients: true };

test.each([
  ['a CPU that does neither', NOTHING, ['convolution']],
  ['a GPU that does both', EVERYTHING, ['convolution', 'groups', 'dilated gradients']],
])('what the library does itself is found by trying: %s', async (_, can, native) => {
  const registered = await start(can);
  expect(registered.native).toEqual(native);
  expect(registered.fallback).toBeUndefined();
});

test('a library whose convolutions are wrong gets no kernels, and the reason is told', async () => {
  const registered = await start(EVERYTHING, { wrong: true });
  expect(registered.fallback).toMatch(/did not pass their check: plain \(forward\)/);
  expect(tf.getKernel('ResNetConv2D', 'tensorflow')).toBeUndefined();
});

describe.each([
  ['composed', NOTHING],
  ['native', EVERYTHING],
])('groups and dilation, %s', (_, can) => {
  test.each([
    ['1x1', [2, 4, 5, 6], [1, 1, 3, 4], { groups: 2 }],
    ['strided, in three groups', [1, 7, 6, 6], [3, 3, 2, 9], { groups: 3, strides: [2, 2], pad: [1, 1, 1, 1] }],
    ['dilated, padded unevenly', [2, 8, 7, 2], [3, 2, 2, 3], { dilations: [2, 3], pad: [2, 1, 0, 3] }],
    ['dilated and strided in groups', [1, 9, 9, 4], [3, 3, 2, 4], { groups: 2, strides: [2, 2], dilations: [2, 2], pad: [2, 2, 2, 2] }],
    ['depthwise and dilated', [1, 6, 6, 3], [3, 3, 1, 6], { groups: 3, dilations: [2, 2], pad: [2, 2, 2, 2] }],
    ['bottom and right not read', [1, 8, 8, 1], [3, 3, 1, 2], { strides: [3, 3] }],
  ] as const)('%s: values and both gradients are those of the definition', async (_, inputShape, filterShape, options) => {
    await start(can);
    const problem = { strides: [1, 1], pad: [0, 0, 0, 0], dilations: [1, 1], groups: 1, ...options, inputShape, filterShape } as const;
    const ramp = (shape: readonly number[]): tf.Tensor =>
      tf.tensor(
        Array.from({ length: shape.reduce((a, d) => a * d) }, (_, i) => Math.sin(i)),
        [...shape],
      );
    const run = (name: string, inputs: Record<string, tf.Tensor>) =>
      tf.engine().runKernel(name, inputs, problem as unknown as tf.NamedAttrMap) as tf.Tensor;
    const [x, filter] = [ramp(inputShape), ramp(filterShape)];
    const before = tf.memory().numTensors;
    const y = run('ResNetConv2D', { x, filter });
    const dy = ramp(y.shape);
    const [dx, df] = [run('ResNetConv2DBackpropInput', { dy, filter }), run('ResNetConv2DBackpropFilter', { x, dy })];
    expect(tf.memory().numTensors).toBe(before + 4);
    const [xs, fs, dys] = [x.dataSync(), filter.dataSync(), dy.dataSync()];
    const expected = { y: new Float64Array(y.size), dx: new Float64Array(dx.size), df: new Float64Array(df.size) };
    eachTerm(problem, (i, f, o) => {
      expected.y[o] = (expected.y[o] as number) + (xs[i] as number) * (fs[f] as number);
      expected.dx[i] = (expected.dx[i] as number) + (dys[o] as number) * (fs[f] as number);
      expected.df[f] = (expected.df[f] as number) + (dys[o] as number) * (xs[i] as number);
    });
    for (const [name, actual] of Object.entries({ y, dx, df }))
      actual.dataSync().forEach((v, i) => {
        expect(Math.abs(v - (expected[name as keyof typeof expected][i] as number)), `${name}[${i}]`).toBeLessThan(1e-4);
      });
  });
});

test('bias, residual and ReLU follow a convolution', async () => {
  await start(NOTHING);
  const [x, filter] = [tf.ones([1, 1, 2, 1]), tf.ones([1, 1, 1, 2])];
  const inputs = { x, filter, bias: tf.tensor1d([1, -5]), residual: tf.tensor4d([0, 1, 2, 3], [1, 1, 2, 2]) };
  const attributes = { strides: [1, 1], pad: [0, 0, 0, 0], dilations: [1, 1], groups: 1, activation: 'relu' };
  const y = tf.engine().runKernel('ResNetConv2D', inputs, attributes) as tf.Tensor;
  expect(Array.from(y.dataSync())).toEqual([2, 0, 4, 0]);
});

test('images of an empty batch give an empty result, and gradients that are zeros', async () => {
  await start(NOTHING);
  const attributes = { strides: [2, 2], pad: [1, 1, 1, 1], dilations: [1, 1], groups: 1 };
  const run = (name: string, inputs: tf.NamedTensorMap, more: object = {}) =>
    tf.engine().runKernel(name, inputs, { ...attributes, ...more } as unknown as tf.NamedAttrMap) as tf.Tensor;
  const [x, filter, dy] = [tf.zeros([0, 8, 8, 3]), tf.ones([3, 3, 3, 4]), tf.zeros([0, 4, 4, 4])];
  expect(run('ResNetConv2D', { x, filter }).shape).toEqual([0, 4, 4, 4]);
  expect(run('ResNetConv2DBackpropInput', { dy, filter }, { inputShape: x.shape }).shape).toEqual([0, 8, 8, 3]);
  const gradient = run('ResNetConv2DBackpropFilter', { x, dy }, { filterShape: filter.shape });
  expect(Math.max(...gradient.dataSync())).toBe(0);
});
