import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BackendInfo, useWasm, type WasmMemory } from './index.ts';
import { randomValues } from './ops/reference-conv.testing.ts';

let info: BackendInfo;
beforeAll(async () => {
  info = await useWasm({ threads: 2 });
});
afterAll(() => info.dispose());

const held = () => info.memory() as WasmMemory;
const firstOf = (compute: () => tf.Tensor) => tf.tidy(() => compute().dataSync()[0]);
const bits = (values: Float32Array) => Array.from(new Int32Array(values.slice().buffer));

type Size = [number, number, number, number];
const WINDOW = { strides: [1, 1], dilations: [1, 1], groups: 1 };

/** A filter that only one kernel reads, which is one copy of it after a first pass. */
function network(size: Size, { groups = 1, pad = 0 }: { groups?: number; pad?: number } = {}) {
  const values = randomValues(tf.util.sizeFromShape(size), 1);
  values[3] = Number.NaN;
  new Int32Array(values.buffer)[4] = 0x7fc00bad; // a NaN that is not JavaScript's
  const filter = tf.tensor4d(values, size);
  const owner = tf.scalar(0);
  const x = tf.tensor4d(randomValues(2 * 6 * 5 * size[2] * groups, 2), [2, 6, 5, size[2] * groups]);
  const attributes = { ...WINDOW, groups, pad: [pad, pad, pad, pad], privateFilter: true } as unknown as tf.NamedAttrMap;
  const pass = (image: tf.Tensor) => tf.engine().runKernel('ResNetConv2D', { x: image, filter }, attributes) as tf.Tensor;
  return {
    ...{ values, filter, x, owner, pass },
    forward: (image: tf.Tensor = x) => bits(tf.tidy(() => pass(image).dataSync() as Float32Array)),
    recorded: () =>
      bits(
        tf.tidy(() => {
          const forward = { forward: pass } as unknown as tf.NamedAttrMap;
          return (tf.engine().runKernel('ResNetRecordedPass', { x, owner }, forward) as tf.Tensor).dataSync() as Float32Array;
        }),
      ),
    dispose: () => tf.dispose([filter, x, owner]),
  };
}

const SIZES: readonly [string, Size, number][] = [
  ['1x1', [1, 1, 16, 24], 1],
  ['of a width that is no multiple of a panel', [3, 2, 5, 13], 1],
  ['with few columns', [2, 2, 7, 3], 1],
  ['in groups', [3, 3, 4, 24], 2],
  ['in groups of few columns', [1, 2, 3, 9], 3],
];

// First: later tests take all memory that there can be.
test('a filter is seen whole by tfjs where its values make the memory grow', () => {
  const net = network([1, 1, 512, 2048]); // 4 MiB
  const x = tf.ones<tf.Rank.R4>([1, 1, 1, 512]);
  const taken: tf.TensorInfo[] = [];
  let grown = false;
  while (!grown && taken.length < 200) {
    net.pass(x).dispose();
    taken.push(backend().makeOutput([3 * 2 ** 18], 'float32')); // where the values were
    const { total } = held();
    const values = backend().typedArrayFromHeap(net.filter);
    grown = values.byteOffset + values.byteLength > total;
    expect(Buffer.compare(new Uint8Array(values.slice().buffer), new Uint8Array(net.values.buffer))).toBe(0);
  }
  expect(grown).toBe(true);
  for (const { dataId } of taken) backend().disposeData(dataId);
  tf.dispose(x);
  net.dispose();
});

describe.each(SIZES)('a filter %s that only its kernel reads', (_, size, groups) => {
  let before: WasmMemory;
  let net: ReturnType<typeof network>;
  let expected: number[];
  beforeEach(() => {
    before = held();
    net = network(size, { groups });
    const { filter, x } = net;
    const attributes = { ...WINDOW, groups, pad: [0, 0, 0, 0] } as unknown as tf.NamedAttrMap;
    // a filter of the same values that is held as any other
    expected = bits(
      tf.tidy(() => {
        const other = tf.tensor4d(net.values, filter.shape as Size);
        return (tf.engine().runKernel('ResNetConv2D', { x, filter: other }, attributes) as tf.Tensor).dataSync() as Float32Array;
      }),
    );
    expect(net.forward()).toEqual(expected);
  });
  afterEach(() => {
    net.dispose();
    expect(held()).toMatchObject({ tensors: before.tensors, filters: 0, recordings: 0 });
  });

  const values = () => bits(net.filter.dataSync() as Float32Array);

  test('is held once, packed, and counts as a tensor', () => {
    const width = size[3] / groups <= 4 ? 4 : 8;
    const packedBytes = groups * Math.ceil(size[3] / groups / width) * width * size[0] * size[1] * size[2] * 4;
    const others = net.x.size * 4 + 4;
    expect(held()).toMatchObject({ tensors: before.tensors + others + packedBytes, filters: 0 });
    expect(net.forward()).toEqual(expected);
  });

  test.each<[string, () => number[] | Promise<number[]>]>([
    ['read', () => values()],
    ['read later', async () => bits((await net.filter.data()) as Float32Array)],
    ['read in part', () => bits(tf.tidy(() => tf.slice(net.filter, [0, 0, 0, 0], size).dataSync()) as Float32Array)],
    ['cloned and read', () => bits(tf.tidy(() => tf.clone(net.filter).dataSync()) as Float32Array)],
    ['given another shape', () => bits(tf.tidy(() => tf.reshape(net.filter, [-1]).dataSync()) as Float32Array)],
    [
      'computed with by tfjs, several times at once',
      () => {
        const twice = tf.tidy(() => tf.concat([net.filter, net.filter], 0).dataSync() as Float32Array);
        const half = bits(twice.subarray(net.filter.size));
        expect(bits(twice)).toEqual([...half, ...half]);
        expect(firstOf(() => tf.tanh(net.filter))).toBeCloseTo(Math.tanh(net.values[0] as number), 5);
        return values();
      },
    ],
    [
      'computed with by a kernel of ours',
      () => {
        expect(firstOf(() => tf.relu(net.filter))).toBe(Math.max(0, net.values[0] as number));
        return values();
      },
    ],
    [
      'moved to another backend and back',
      async () => {
        await tf.setBackend('cpu');
        tf.tidy(() => tf.add(net.filter, 1).dataSync());
        await tf.setBackend('wasm');
        return values();
      },
    ],
    [
      'asked for while memory is full of what is only held to be faster',
      () => {
        const taken: tf.TensorInfo[] = [];
        const take = (mib: number) => taken.push(backend().makeOutput([mib * 2 ** 18], 'float32'));
        for (const mib of [256, 32, 4])
          try {
            for (;;) take(mib);
          } catch {}
        for (const { dataId } of taken.splice(-3)) backend().disposeData(dataId);
        const read = values();
        expect(net.forward()).toEqual(expected);
        for (const { dataId } of taken) backend().disposeData(dataId);
        return read;
      },
    ],
  ])('has its values where it is %s', async (_, ask) => {
    expect(await ask()).toEqual(bits(net.values));
    expect(net.forward()).toEqual(expected);
    expect(net.forward()).toEqual(expected);
    expect(values()).toEqual(bits(net.values));
  });

  test('is right in recorded passes, whoever asks for it in between', () => {
    for (let i = 0; i < 4; i++) expect(net.recorded()).toEqual(expected);
    expect(held().recordings).toBeGreaterThan(0);
    expect(values()).toEqual(bits(net.values));
    for (let i = 0; i < 3; i++) expect(net.recorded()).toEqual(expected);
    expect(net.forward()).toEqual(expected); // held once again
    for (let i = 0; i < 3; i++) expect(net.recorded()).toEqual(expected);
  });

  test('may change behind the back of its kernel after somebody asked where it is', () => {
    const place = backend().typedArrayFromHeap(net.filter);
    place.fill(0.5);
    expect(net.forward()).not.toEqual(expected);
    expect(new Set(net.filter.dataSync())).toEqual(new Set([0.5]));
  });

  test('takes part in gradients', () => {
    const gradients = () => tf.tidy(() => tf.grad((image) => tf.mul(net.pass(tf.clone(image)), 0))(net.x));
    expect(gradients).toThrow(); // a kernel without a gradient, whose forward pass has run
    expect(net.forward()).toEqual(expected);
    expect(values()).toEqual(bits(net.values));
  });
});

test('a filter that others have, too, stays where it is until they let go of it', () => {
  const net = network([1, 1, 16, 24]);
  const other = tf.clone(net.filter);
  net.forward();
  expect(held().filters).toBe(16 * 24 * 4);
  other.dispose();
  net.forward();
  expect(held().filters).toBe(0);
  net.dispose();
});

test('filters that are transformed for Winograd’s algorithm stay, for their values cannot be made from that', () => {
  const net = network([3, 3, 8, 8], { pad: 1 });
  net.forward(tf.zerosLike(net.x));
  const again = net.forward();
  expect(net.forward()).toEqual(again);
  expect(bits(net.filter.dataSync() as Float32Array)).toEqual(bits(net.values));
  expect(held().filters).toBeGreaterThanOrEqual(36 * 8 * 8 * 4);
  net.dispose();
});

test('filters of two shapes that share their values are packed each for itself', () => {
  tf.tidy(() => {
    const a = tf.tensor4d(randomValues(8 * 16, 1), [1, 1, 8, 16]);
    const b = tf.reshape<tf.Rank.R4>(a, [1, 1, 16, 8]);
    const [x8, x16] = [tf.ones<tf.Rank.R4>([1, 1, 1, 8]), tf.ones<tf.Rank.R4>([1, 1, 1, 16])];
    for (const [x, filter] of [
      [x8, a],
      [x16, b],
      [x8, a],
    ] as const) {
      const sums = tf.sum(filter, 2).dataSync();
      const given = tf.conv2d(x, filter, 1, 'valid').dataSync();
      for (const [i, sum] of sums.entries()) expect(given[i]).toBeCloseTo(sum, 5);
    }
  });
});

interface WasmBackend {
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
  disposeData(dataId: object): boolean;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
}
const backend = () => tf.backend() as unknown as WasmBackend;
