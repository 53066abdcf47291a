import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BackendError, type BackendInfo, OutOfMemoryError, useWasm, type WasmMemory } from './index.ts';

let info: BackendInfo;
beforeAll(async () => {
  info = await useWasm({ threads: 2 });
});
afterAll(() => info.dispose());

interface WasmBackend {
  readonly wasm: { readonly asm: { readonly memory: WebAssembly.Memory } };
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
  disposeData(dataId: object): boolean;
  getMemoryOffset(dataId: object): number;
}
const backend = () => tf.backend() as unknown as WasmBackend;

const run = (name: string, inputs: tf.NamedTensorMap, attributes: object) =>
  [tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap)].flat() as tf.Tensor[];

test('a thousand training steps leave memory as it was', () => {
  const x = tf.randomNormal([4, 9, 9, 8]);
  const window = { strides: [1, 1], pad: [1, 1, 1, 1], dilations: [1, 1], groups: 1 };
  const filter = tf.variable(tf.randomNormal([3, 3, 8, 8], 0, 0.1));
  const scale = tf.variable(tf.ones([8]));
  const step = () =>
    tf.tidy(() => {
      const [y] = run('ResNetConv2D', { x, filter }, window) as [tf.Tensor];
      const [z, mean, variance] = run('ResNetBatchNormTrain', { x: y, scale, offset: scale }, { epsilon: 1e-5 }) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const [dz] = run('ResNetReluGrad', { dy: z, y: z }, {}) as [tf.Tensor];
      const [dy] = run('ResNetBatchNormTrainGrad', { dy: dz, x: y, scale, mean, variance }, { epsilon: 1e-5 }) as [tf.Tensor];
      run('ResNetConv2DBackpropInput', { dy, filter }, { ...window, inputShape: x.shape });
      const [gradient] = run('ResNetConv2DBackpropFilter', { x, dy }, { ...window, filterShape: filter.shape }) as [tf.Tensor];
      const [next] = run('ResNetSGD', { parameter: filter, gradient }, { learningRate: 0.01 }) as [tf.Tensor];
      filter.assign(next);
    });
  for (let i = 0; i < 20; i++) step();
  const before = { ...tf.memory(), bytes: backend().wasm.asm.memory.buffer.byteLength };
  for (let i = 0; i < 1000; i++) step();
  expect({ ...tf.memory(), bytes: backend().wasm.asm.memory.buffer.byteLength }).toEqual(before);
});

test('denormal numbers stay what they are', () => {
  const tiny = 1e-40;
  const y = tf.conv2d(tf.fill<tf.Rank.R4>([1, 1, 1, 4], tiny), tf.ones<tf.Rank.R4>([1, 1, 4, 4]), 1, 'valid').dataSync();
  expect(y[0]).toBeCloseTo(4 * tiny, 44);
  expect(y[0]).toBeGreaterThan(0);
});

test('an empty batch gives an empty result and a filter gradient of zeros', () => {
  const x = tf.zeros<tf.Rank.R4>([0, 8, 8, 8]);
  const filter = tf.ones<tf.Rank.R4>([3, 3, 8, 8]);
  expect(tf.conv2d(x, filter, 1, 'same').shape).toEqual([0, 8, 8, 8]);
  const window = { strides: [1, 1], pad: [1, 1, 1, 1], dilations: [1, 1], groups: 1 };
  const [dw] = run('ResNetConv2DBackpropFilter', { x, dy: x }, { ...window, filterShape: filter.shape }) as [tf.Tensor];
  expect(Math.max(...dw.dataSync())).toBe(0);
  expect(tf.mean(tf.relu(x), [1, 2]).shape).toEqual([0, 8]);
});

test('what is only held to be faster is given back until tensors alone fill the memory, and is made again', () => {
  const MIB = 2 ** 20;
  const taken: tf.TensorInfo[] = [];
  const take = (mib: number) => taken.push(backend().makeOutput([mib * (MIB / 4)], 'float32')); // which nobody touches
  const held = () => info.memory() as WasmMemory;
  const x = tf.ones<tf.Rank.R4>([1, 1, 1, 2048]);
  const filters = Array.from({ length: 6 }, (_, i) => tf.fill<tf.Rank.R4>([1, 1, 2048, 1024], i + 1)); // 8 MiB each
  const all = () => filters.map((filter) => tf.tidy(() => tf.conv2d(x, filter, 1, 'valid').dataSync()[5]));
  const sums = filters.map((_, i) => 2048 * (i + 1));
  const before = held();
  expect(all()).toEqual(sums);
  expect(held().filters - before.filters).toBe(6 * 8 * MIB);
  while (held().tensors < 3400 * MIB) take(64);
  expect(() => {
    for (;;) take(4);
  }).toThrow(/ 0\.0 MiB in packed filters, 0\.0 MiB in recorded passes/);
  expect(held()).toMatchObject({ filters: 0, recordings: 0 });
  expect(held().tensors).toBeGreaterThan(3480 * MIB);
  // Room for one copy, which each takes from the one before: tfjs grows its memory by 96 MiB, and cannot at the end.
  for (const { dataId } of taken.splice(-4)) backend().disposeData(dataId);
  expect(all()).toEqual(sums);
  expect(held().filters).toBeLessThanOrEqual(16 * MIB);
  for (const { dataId } of taken) backend().disposeData(dataId);
  expect(all()).toEqual(sums);
  expect(held().filters).toBe(6 * 8 * MIB);
  tf.dispose([x, ...filters]);
  expect(held()).toMatchObject({ filters: 0 });
});

test('where memory was full, what is allocated lies in it and overlaps nothing', () => {
  for (const mib of [4, 500, 64, 700, 16, 1]) {
    const taken: { at: number; end: number; info: tf.TensorInfo }[] = [];
    expect(() => {
      for (;;) {
        const info = backend().makeOutput([mib * 2 ** 18], 'float32');
        const at = backend().getMemoryOffset(info.dataId) >>> 0;
        taken.push({ at, end: at + mib * 2 ** 20, info });
      }
    }).toThrow(OutOfMemoryError);
    taken.sort((a, b) => a.at - b.at);
    for (const [i, { end }] of taken.entries())
      expect(end).toBeLessThanOrEqual(taken[i + 1]?.at ?? backend().wasm.asm.memory.buffer.byteLength);
    for (const { info } of taken) backend().disposeData(info.dataId);
  }
});

test('past the end of memory an allocation throws, says how much was asked and is held, and what is there stays whole', () => {
  const kept = tf.tensor1d([1, 2, 3]);
  const taken: tf.TensorInfo[] = [];
  const take = () => {
    for (let i = 0; i < 9; i++) taken.push(backend().makeOutput([2 ** 27], 'float32'));
  };
  expect(take).toThrow(OutOfMemoryError);
  expect(() => backend().makeOutput([2 ** 27], 'float32')).toThrow(BackendError);
  expect(() => backend().makeOutput([2 ** 27], 'float32')).toThrow(/512\.0 MiB.*3584\.0 MiB.*307\d\.\d MiB are held in \d+ tensors/);
  expect(taken.length).toBeGreaterThan(5);
  for (const { dataId } of taken) backend().disposeData(dataId);
  expect(Array.from(tf.add(kept, 1).dataSync())).toEqual([2, 3, 4]);
});
