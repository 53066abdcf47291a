import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BackendInfo, useWasm } from '../index.ts';
import { CONV_CASES, prepare } from './conv-cases.testing.ts';
import { randomValues, referenceConv, relativeError } from './reference-conv.testing.ts';

// Sums of up to 9,216 products in float32, in another order than the reference's; Winograd's transforms amplify.
const TOLERANCE = 1e-5;

describe.each([1, 2, 7])('with %i thread(s)', (threads) => {
  let info: BackendInfo;
  beforeAll(async () => {
    info = await useWasm({ threads });
  });
  afterAll(() => info.dispose());

  test('all asked threads run', () => {
    expect(info).toMatchObject({ threads });
    expect(info.fallback).toBeUndefined();
  });

  test.each(CONV_CASES.map(prepare))('ResNetConv2D is the definition: $name', ({ geometry, attributes, ...c }) => {
    const before = tf.memory().numTensors;
    const x = randomValues(c.xSize, 1);
    const filter = randomValues(c.filterSize, 2);
    const bias = randomValues(geometry.outChannels, 3);
    const residual = randomValues(c.ySize, 4);
    const expected = referenceConv
      .forward(geometry, x, filter)
      .map((v, i) => Math.max(0, v + (bias[i % geometry.outChannels] as number) + (residual[i] as number)));
    const inputs = {
      x: tf.tensor(x, c.xShape),
      filter: tf.tensor(filter, c.filterShape),
      bias: tf.tensor1d(bias),
      residual: tf.tensor(residual, c.yShape),
    };
    const y = tf
      .engine()
      .runKernel('ResNetConv2D', inputs, { ...attributes, activation: 'relu' } as unknown as tf.NamedAttrMap) as tf.Tensor;
    expect(y.shape).toEqual(c.yShape);
    expect(relativeError(y.dataSync(), expected)).toBeLessThan(TOLERANCE);
    tf.dispose([y, ...Object.values(inputs)]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each(CONV_CASES.map(prepare))('its gradients are the definition: $name', ({ geometry, attributes, ...c }) => {
    const before = tf.memory().numTensors;
    const [x, filter, dy] = [randomValues(c.xSize, 1), randomValues(c.filterSize, 2), randomValues(c.ySize, 3)];
    const tensors = { x: tf.tensor(x, c.xShape), filter: tf.tensor(filter, c.filterShape), dy: tf.tensor(dy, c.yShape) };
    const run = (name: string, inputs: tf.NamedTensorMap, more: object) =>
      tf.engine().runKernel(name, inputs, { ...attributes, ...more } as unknown as tf.NamedAttrMap) as tf.Tensor;
    const dx = run('ResNetConv2DBackpropInput', { dy: tensors.dy, filter: tensors.filter }, { inputShape: c.xShape });
    const dw = run('ResNetConv2DBackpropFilter', { x: tensors.x, dy: tensors.dy }, { filterShape: c.filterShape });
    expect([dx.shape, dw.shape]).toEqual([c.xShape, c.filterShape]);
    expect(relativeError(dx.dataSync(), referenceConv.inputGradient(geometry, filter, dy))).toBeLessThan(TOLERANCE);
    expect(relativeError(dw.dataSync(), referenceConv.filterGradient(geometry, x, dy))).toBeLessThan(TOLERANCE);
    tf.dispose([dx, dw, ...Object.values(tensors)]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('in place of tfjs’ own kernels', () => {
  let info: BackendInfo;
  beforeAll(async () => {
    info = await useWasm();
  });
  afterAll(() => info.dispose());

  test("'same' padding at stride 2 pads bottom and right, as TensorFlow does", () => {
    const g = prepare({ x: [1, 6, 6, 3], filter: [3, 3, 3, 5], strides: [2, 2], pad: [0, 1, 0, 1] });
    const x = randomValues(g.xSize, 5);
    const filter = randomValues(g.filterSize, 6);
    const y = tf.conv2d(tf.tensor4d(x, [1, 6, 6, 3]), tf.tensor4d(filter, [3, 3, 3, 5]), 2, 'same');
    expect(relativeError(y.dataSync(), referenceConv.forward(g.geometry, x, filter))).toBeLessThan(TOLERANCE);
  });

  test('a variable that is assigned new values convolves with those', () => {
    const x = tf.ones<tf.Rank.R4>([1, 4, 4, 8]);
    const filter = tf.variable(tf.ones<tf.Rank.R4>([1, 1, 8, 8]));
    const first = tf.conv2d(x, filter, 1, 'valid').dataSync()[0];
    filter.assign(tf.fill([1, 1, 8, 8], 2));
    expect([first, tf.conv2d(x, filter, 1, 'valid').dataSync()[0]]).toEqual([8, 16]);
  });

  test('a filter whose memory is overwritten convolves with the new values', () => {
    const x = tf.ones<tf.Rank.R4>([1, 4, 4, 8]);
    const filter = tf.ones<tf.Rank.R4>([3, 3, 8, 8]);
    const backend = tf.backend() as unknown as { typedArrayFromHeap(t: tf.Tensor): Float32Array };
    const first = tf.conv2d(x, filter, 1, 'valid').dataSync()[0];
    backend.typedArrayFromHeap(filter).fill(2);
    expect([first, tf.conv2d(x, filter, 1, 'valid').dataSync()[0]]).toEqual([72, 144]);
  });

  test('NaN and infinities are neither invented nor lost', () => {
    const x = new Float32Array(16 * 16 * 8).fill(1);
    x[0] = Number.NaN;
    x[15 * 8] = Number.POSITIVE_INFINITY;
    const y = tf.conv2d(tf.tensor4d(x, [1, 16, 16, 8]), tf.ones<tf.Rank.R4>([1, 1, 8, 4]), 1, 'valid').dataSync();
    expect([y[0], y[1 * 4], y[15 * 4]]).toEqual([Number.NaN, 8, Number.POSITIVE_INFINITY]);
  });

  test('Winograd tiles with NaN or an infinity are computed another way: neither spreads', () => {
    const size = 12;
    const x = new Float32Array(size * size * 8).fill(1);
    x[0] = Number.NaN;
    x[(5 * size + 5) * 8] = Number.POSITIVE_INFINITY;
    const y = tf.conv2d(tf.tensor4d(x, [1, size, size, 8]), tf.ones<tf.Rank.R4>([3, 3, 8, 8]), 1, 'valid').dataSync();
    const at = (i: number, j: number) => y[(i * (size - 2) + j) * 8];
    expect([at(0, 0), at(0, 1), at(2, 2), at(3, 3), at(5, 5), at(6, 6)]).toEqual([NaN, 72, 72, Infinity, Infinity, 72]);
  });

  test('an infinity reaches the gradients of the filter that it belongs to, and no others', () => {
    const g = prepare({ x: [16, 8, 8, 8], filter: [3, 3, 8, 8], pad: [1, 1, 1, 1] });
    const [x, dy] = [randomValues(g.xSize, 1), randomValues(g.ySize, 2)];
    x[0] = Number.POSITIVE_INFINITY; // the top left corner: the filter's last row and column never see it from within the image
    const dw = tf.engine().runKernel('ResNetConv2DBackpropFilter', { x: tf.tensor(x, g.xShape), dy: tf.tensor(dy, g.yShape) }, {
      ...g.attributes,
      filterShape: g.filterShape,
    } as unknown as tf.NamedAttrMap) as tf.Tensor;
    const expected = referenceConv.filterGradient(g.geometry, x, dy);
    const kinds = (values: ArrayLike<number>) => Array.from(values, (v) => (Number.isFinite(v) ? 'finite' : String(v)));
    expect(kinds(dw.dataSync())).toEqual(kinds(expected));
    expect(kinds(expected)).toContain('finite');
    expect(kinds(expected)).toContain('Infinity');
  });

  test('a depthwise convolution with two filters a channel has its gradients, which tfjs lacks here', () => {
    const g = prepare({ x: [2, 7, 6, 5], filter: [3, 3, 1, 10], strides: [2, 2], pad: [1, 1, 0, 1], groups: 5 }); // 'same'
    const [x, filter, dy] = [randomValues(g.xSize, 1), randomValues(g.filterSize, 2), randomValues(g.ySize, 3)];
    const run = (name: string, inputs: tf.NamedTensorMap, more: object) =>
      tf
        .engine()
        .runKernel(name, inputs, { strides: [2, 2], pad: 'same', dilations: [1, 1], ...more } as unknown as tf.NamedAttrMap) as tf.Tensor;
    const tensors = { x: tf.tensor(x, g.xShape), filter: tf.tensor(filter, [3, 3, 5, 2]), dy: tf.tensor(dy, g.yShape) };
    const dx = run('DepthwiseConv2dNativeBackpropInput', { dy: tensors.dy, filter: tensors.filter }, { inputShape: g.xShape });
    const dw = run('DepthwiseConv2dNativeBackpropFilter', { x: tensors.x, dy: tensors.dy }, { filterShape: [3, 3, 5, 2] });
    expect([dx.shape, dw.shape]).toEqual([g.xShape, [3, 3, 5, 2]]);
    expect(relativeError(dx.dataSync(), referenceConv.inputGradient(g.geometry, filter, dy))).toBeLessThan(TOLERANCE);
    expect(relativeError(dw.dataSync(), referenceConv.filterGradient(g.geometry, x, dy))).toBeLessThan(TOLERANCE);
  });

  test('relu6 cuts at 6 and keeps NaN', () => {
    const x = tf.tensor4d([-1, 3, 7, Number.NaN], [1, 1, 4, 1]);
    const filter = tf.ones<tf.Rank.R4>([1, 1, 1, 1]);
    const y = tf.fused.conv2d({ x, filter, strides: 1, pad: 'valid', activation: 'relu6' });
    expect(Array.from(y.dataSync())).toEqual([0, 3, 6, Number.NaN]);
  });

  test('memory is as before after ten thousand convolutions, packed filters included', () => {
    const { wasm } = tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } };
    const x = tf.ones<tf.Rank.R4>([1, 8, 8, 8]);
    const step = () =>
      tf.tidy(() => {
        const filter = tf.fill<tf.Rank.R4>([3, 3, 8, 8], Math.random());
        tf.conv2d(x, filter, 1, 'same');
      });
    for (let i = 0; i < 100; i++) step();
    const before = { ...tf.memory(), bytes: wasm.asm.memory.buffer.byteLength };
    for (let i = 0; i < 10_000; i++) step();
    expect({ ...tf.memory(), bytes: wasm.asm.memory.buffer.byteLength }).toEqual(before);
  });
});
