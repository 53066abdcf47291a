import { useWasm } from '@resnetjs/backend-wasm';
import {
  add,
  basicBlock,
  batchNorm2d,
  bottleneck,
  concat,
  conv2d,
  denseBlock,
  dispose,
  efficientChannelAttention,
  flatten,
  gelu,
  globalAveragePool,
  groupNorm,
  highwayBlock,
  linear,
  type Module,
  maxPool2d,
  module,
  operation,
  operations,
  relu,
  selectiveKernel,
  sequential,
  squeezeExcite,
  trace,
  upsampleNearest,
  zeroPad,
} from '@resnetjs/core';
import { formulaInput, relativeError } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withFormulaWeights } from '../parity/formula-network.testing.ts';
import { load, planar, type RuntimeName } from '../parity/runtimes.testing.ts';
import { OPSETS, toOnnx } from './to-onnx.ts';

beforeAll(async () => {
  await useWasm({ threads: 1 });
});

/** Small parts that together run every operation. Images are 9x8 pixels of 8 channels: no size divides the others. */
const parts: Readonly<Record<string, () => Module>> = {
  'a convolution with dilation, groups, stride and bias': () => conv2d(8, 6, { kernel: 3, stride: 2, dilation: 2, groups: 2, bias: true }),
  'a convolution with its norm': () => sequential(conv2d(8, 4, { kernel: 3 }), batchNorm2d(4)),
  'a norm that no convolution takes': () => sequential(batchNorm2d(8), conv2d(8, 4, { kernel: 1 })),
  'a convolution that two read': () =>
    module('shared', { conv: conv2d(8, 8, { kernel: 1 }), bn: batchNorm2d(8) }, (m, x, mode) => {
      const y = m.conv.forward(x, mode);
      return add(m.bn.forward(y, mode), y);
    }),
  'standardized filters': () => sequential(conv2d(8, 8, { kernel: 3, standardize: 1e-8 }), batchNorm2d(8)),
  'standardized filters with group norms': () => sequential(conv2d(8, 8, { kernel: 3, standardize: 1e-8 }), groupNorm(8, { groups: 4 })),
  'a basic block with a projection': () => basicBlock(8, 16, { stride: 2 }),
  'a block with a padded shortcut': () => basicBlock(8, 13, { stride: 2, shortcut: 'A' }),
  'a block that averages, rounded up': () => bottleneck(8, 4, { stride: 2, shortcut: 'D' }),
  'a block that averages at its own size': () => bottleneck(8, 4, { dilation: 2, shortcut: 'D' }),
  'a block that blurs': () => bottleneck(8, 4, { stride: 2, antiAlias: 'blur' }),
  'squeeze and excitation': () => squeezeExcite(8),
  'efficient channel attention': () => efficientChannelAttention(8),
  'a selective kernel': () => selectiveKernel(8, 6, { stride: 2 }),
  'SiLU and sigmoid': () => basicBlock(8, 8, { activation: 'silu', attention: 'se' }),
  GELU: () => module('gelu', {}, (_, x) => gelu(x)),
  'a dense block': () => denseBlock(8, { layers: 2, growth: 3 }),
  'a highway block': () => highwayBlock(8),
  'a pool that counts zeros around the image': () => module('pool', {}, (_, x) => maxPool2d({ kernel: 3, stride: 2 })(zeroPad(x, 1))),
  'a pool whose padding never wins': () => module('pool', {}, (_, x) => maxPool2d({ kernel: 3, stride: 2, padding: 1 })(x)),
  'an image that is enlarged': () =>
    module('up', { conv: conv2d(8, 4, { kernel: 1, stride: 2 }) }, (m, x, mode) => upsampleNearest(m.conv.forward(x, mode), x)),
  'a linear layer behind pooled features': () =>
    module('head', { fc: linear(16, 5) }, (m, x, mode) => m.fc.forward(globalAveragePool(concat([x, relu(x)])), mode)),
  'a linear layer that reads all pixels, in the order that it was trained in': () =>
    module('rows', { fc: linear(9 * 8 * 8, 5) }, (m, x, mode) => m.fc.forward(flatten(x), mode)),
};

const shape = [3, 9, 8, 8] as const;
const image = formulaInput([3, 8, 9, 8]);

test('these are all operations', () => {
  const met = new Set(Object.values(parts).flatMap((build) => trace(build(), [...shape]).nodes.map(({ op }) => op)));
  expect(Object.keys(operations).filter((name) => !met.has(name))).toEqual([]);
});

describe.each(['onnxruntime-node', 'onnxruntime-web'] satisfies RuntimeName[])('%s gives our numbers', (runtime) => {
  test.each(Object.entries(parts))('of %s', async (_, build) => {
    const model = withFormulaWeights(build());
    const [expected, size] = tf.tidy(() => {
      const y = model.forward(tf.tensor4d(image.data, image.shape), 'eval');
      return [(y.rank === 4 ? tf.transpose(y, [0, 3, 1, 2]) : y).dataSync() as Float32Array, y.shape] as const;
    });
    // The web build shares its sources with the other: one form of each is enough there.
    for (const folded of runtime === 'onnxruntime-node' ? [true, false] : [true]) {
      const loaded = await load(runtime, await toOnnx(model, [1, ...shape.slice(1)], { dynamicBatch: true, folded }));
      const { data, shape: made } = await loaded.run(planar(image.data, image.shape));
      const [n, h, w, c] = size;
      expect(made).toEqual(size.length === 4 ? [n, c, h, w] : size);
      expect(relativeError(data, expected)).toBeLessThan(1e-5); // of float32, some 1e-7 for each layer
      await loaded.release();
    }
    dispose(model);
  });
});

test('every version of the operators that is offered gives the same', async () => {
  const model = withFormulaWeights(
    module(
      'all',
      {
        a: denseBlock(8, { layers: 1, growth: 8 }),
        b: bottleneck(16, 4, { stride: 2, shortcut: 'D', antiAlias: 'blur', attention: 'eca' }),
        c: groupNorm(16, { groups: 4 }),
        fc: linear(16, 3),
      },
      (m, x, mode) => m.fc.forward(globalAveragePool(m.c.forward(m.b.forward(m.a.forward(x, mode), mode), mode)), mode),
    ),
  );
  const results: number[][] = [];
  for (let opset = OPSETS.first; opset <= OPSETS.last; opset++) {
    const loaded = await load('onnxruntime-node', await toOnnx(model, [...shape], { opset }));
    results.push([...(await loaded.run(planar(image.data, image.shape))).data]);
    await loaded.release();
  }
  for (const result of results) expect(relativeError(result, results[0] as number[])).toBeLessThan(1e-6);
  dispose(model);
});

test('an operation of another is refused by its name and module, whatever it is called', async () => {
  const own = operation<object>({ name: 'relu', shape: ([x = []]) => x, run: ([x]) => tf.neg(x as tf.Tensor) });
  const model = module('net', { stage: module('stage', {}, (_, x) => own([x], {})) }, (m, x, mode) => m.stage.forward(x, mode));
  await expect(toOnnx(model, [1, 4, 4, 2])).rejects.toThrow("stage: its operation 'relu' is none of @resnetjs/core's");
});

afterAll(() => tf.disposeVariables());
