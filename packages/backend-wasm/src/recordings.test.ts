import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BackendInfo, useWasm } from './index.ts';
import { randomValues } from './ops/reference-conv.testing.ts';

type Forward = (x: tf.Tensor) => tf.Tensor;

const kernel = (name: string, inputs: tf.NamedTensorMap, attributes: object = {}) =>
  [tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap)].flat()[0] as tf.Tensor;

const SQUARE = { strides: [1, 1], pad: [1, 1, 1, 1], dilations: [1, 1], groups: 1 };
const SHAPE: [number, number, number, number] = [1, 9, 10, 8];

/** A network of two kernels and what stands for it, as a predictor of `@resnetjs/core` asks for it. */
function network(last: Forward = (y) => y) {
  const owner = tf.scalar(0);
  const filter = tf.tensor4d(randomValues(9 * 8 * 8, 1), [3, 3, 8, 8]);
  let passes = 0;
  const forward: Forward = (x) => {
    passes++;
    return tf.tidy(() => last(tf.relu(kernel('ResNetConv2D', { x, filter }, SQUARE))));
  };
  return {
    forward,
    owner,
    filter,
    passes: () => passes,
    run: (x: tf.Tensor) => kernel('ResNetRecordedPass', { x, owner }, { forward }),
    dispose: () => tf.dispose([owner, filter]),
  };
}

const images = (seed: number, shape = SHAPE) => tf.tensor4d(randomValues(tf.util.sizeFromShape(shape), seed), shape);

describe.each([1, 2])('with %i thread(s), a pass over images of one shape', (threads) => {
  let info: BackendInfo;
  let before: number;
  beforeAll(async () => {
    info = await useWasm({ threads });
    before = tf.memory().numTensors;
  });
  afterAll(() => info.dispose());
  afterEach(() => {
    expect(tf.memory().numTensors).toBe(before);
  });

  /** Runs a network on images of a seed, and on the same images without any recording. */
  function both({ run, forward }: ReturnType<typeof network>, seed: number, shape = SHAPE) {
    return tf.tidy(() => {
      const x = images(seed, shape);
      return { given: run(x).dataSync(), expected: forward(x).dataSync() };
    });
  }

  test('is repeated from the third time on, with the images it is given', () => {
    const net = network();
    for (const seed of [10, 11, 12, 13]) {
      const { given, expected } = both(net, seed);
      expect(given).toEqual(expected);
    }
    expect(net.passes()).toBe(4 + 2);
    net.dispose();
  });

  test('leaves memory as it is ten thousand times', () => {
    const net = network();
    const x = images(10);
    const state = () => ({ ...tf.memory(), bytes: (tf.backend() as unknown as Memory).wasm.asm.memory.buffer.byteLength });
    for (let i = 0; i < 3; i++) net.run(x).dispose();
    const before = state();
    for (let i = 0; i < 10_000; i++) net.run(x).dispose();
    expect(state()).toEqual(before);
    tf.dispose(x);
    net.dispose();
  });

  test('gives a result of its own every time', () => {
    const net = network();
    const results = [10, 11, 12, 13].map((seed) => {
      const x = images(seed);
      const y = net.run(x);
      x.dispose();
      return y;
    });
    for (const [i, y] of results.entries()) expect(y.dataSync()).toEqual(both(net, 10 + i).expected);
    tf.dispose(results);
    net.dispose();
  });

  test('is not repeated where tfjs computes a part of it', () => {
    const net = network((y) => tf.tanh(y));
    for (const seed of [10, 11, 12, 13]) expect(both(net, seed).given).toEqual(both(net, seed).expected);
    expect(net.passes()).toBeGreaterThanOrEqual(3 * 4);
    net.dispose();
  });

  test('is not repeated where JavaScript computes a part of it', () => {
    const coefficients = tf.ones([90, 8]);
    const net = network((y) => kernel('ResNetSoftmaxCrossEntropy', { logits: tf.reshape(y, [90, 8]), coefficients }));
    for (const seed of [10, 11, 12, 13]) expect(both(net, seed).given).toEqual(both(net, seed).expected);
    net.dispose();
    coefficients.dispose();
  });

  test.each<[name: string, last: Forward]>([
    ['Cumsum', (y) => tf.cumsum(y, 3)],
    ['Erf', (y) => tf.erf(y)],
    ['a largest pixel by its place', (y) => tf.maxPoolWithArgmax(y as tf.Tensor4D, 2, 2, 'valid').result as tf.Tensor],
  ])('is not repeated where a corrected kernel computes a part of it in JavaScript: %s', (_, last) => {
    const net = network(last);
    for (let seed = 1; seed < 6; seed++)
      tf.tidy(() => {
        const x = images(seed);
        const expected = net.forward(x).dataSync();
        expect(net.run(x).dataSync()).toEqual(expected);
      });
    net.dispose();
  });

  test('is not repeated where a tensor of it stays', () => {
    const kept: tf.Tensor[] = [];
    const net = network((y) => {
      kept.push(tf.keep(tf.relu(y)));
      return y;
    });
    for (const seed of [10, 11, 12]) both(net, seed);
    const [first, , second] = kept;
    const expected = [10, 11].map((seed) => both(net, seed).expected);
    expect([first?.dataSync(), second?.dataSync()]).toEqual(expected);
    tf.dispose(kept);
    net.dispose();
  });

  test('is recorded anew for another shape', () => {
    const net = network();
    const shapes: [number, number, number, number][] = [SHAPE, [2, 5, 4, 8]];
    for (const shape of [...shapes, ...shapes].flatMap((shape) => [shape, shape, shape])) {
      const { given, expected } = both(net, 10, shape);
      expect(given).toEqual(expected);
    }
    net.dispose();
  });

  test('keeps NaN and infinities where they belong', () => {
    const net = network();
    for (const seed of [10, 11, 12]) both(net, seed);
    tf.tidy(() => {
      const values = randomValues(tf.util.sizeFromShape(SHAPE), 13);
      values[100] = Number.NaN;
      values[300] = Number.POSITIVE_INFINITY;
      const x = tf.tensor4d(values, SHAPE);
      const given = net.run(x).dataSync();
      expect(given).toEqual(net.forward(x).dataSync());
      expect(given.some(Number.isFinite)).toBe(true);
    });
    const { given, expected } = both(net, 14);
    expect(given).toEqual(expected);
    net.dispose();
  });

  test('reads its filter where it is after other work moved it away and back', async () => {
    const net = network();
    for (const seed of [10, 11, 12]) both(net, seed);
    await tf.setBackend('cpu');
    tf.tidy(() => tf.add(net.filter, 1).dataSync());
    await tf.setBackend('wasm');
    const taken = tf.fill(net.filter.shape, 9); // where the filter was
    const { given, expected } = both(net, 13);
    expect(given).toEqual(expected);
    tf.dispose(taken);
    net.dispose();
  });

  test('is computed as it is told where gradients are recorded', () => {
    const net = network();
    for (const seed of [10, 11, 12]) both(net, seed);
    const passes = net.passes();
    const step = tf.customGrad((x) => ({ value: net.run(x as tf.Tensor), gradFunc: (dy: tf.Tensor) => dy }));
    tf.tidy(() => {
      tf.grad((x) => step(x))(images(13));
    });
    expect(net.passes()).toBe(passes + 1);
    net.dispose();
  });

  test('gives its memory back: with its network, and where memory is short', () => {
    const large: [number, number, number, number] = [8, 256, 256, 8]; // 16 MiB, several times in a recording
    const fourPasses = ({ run }: ReturnType<typeof network>) => {
      for (const seed of [10, 11, 12, 13]) run(tf.fill(large, seed)).dispose();
    };
    const held = () => info.memory()?.recordings;
    const passing = network();
    tf.tidy(() => fourPasses(passing));
    expect(held()).toBeGreaterThan(32 * 2 ** 20);
    passing.dispose();
    expect(held()).toBe(0);
    const net = network();
    tf.tidy(() => fourPasses(net));
    const taken: tf.Tensor[] = [];
    expect(() => {
      for (;;) taken.push(tf.engine().makeTensorFromTensorInfo(makeOutput([2 ** 22])));
    }).toThrow('WebAssembly memory');
    expect(held()).toBe(0);
    tf.dispose(taken.splice(0, 20));
    for (const seed of [10, 11]) expect(both(net, seed).given).toEqual(both(net, seed).expected);
    tf.dispose(taken);
    net.dispose();
  });
});

interface Memory {
  readonly wasm: { readonly asm: { readonly memory: WebAssembly.Memory } };
}

const makeOutput = (shape: number[]) =>
  (tf.backend() as unknown as { makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo }).makeOutput(shape, 'float32');
