import '@tensorflow/tfjs-backend-cpu';
import { failure, leakedTensors } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  basicBlock,
  batchNorm2d,
  bottleneck,
  classify,
  conv2d,
  dispose,
  globalAveragePool,
  initialize,
  linear,
  loadStateDict,
  type Mode,
  maxPool2d,
  module,
  optimizeForInference,
  parameters,
  sequential,
  stateDict,
  summarize,
  trace,
} from './index.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const tiny = () =>
  module(
    'tiny',
    { conv1: conv2d(3, 4, { kernel: 3 }), layer1: sequential(basicBlock(4, 4), basicBlock(4, 8, { stride: 2 })), fc: linear(8, 3) },
    (m, x, mode) => m.fc.forward(globalAveragePool(m.layer1.forward(m.conv1.forward(x, mode), mode)), mode),
  );

describe('names', () => {
  test("a module's keys are its names in a checkpoint, parts of a sequence are numbered", () => {
    expect([...parameters(tiny()).keys()]).toEqual([
      'conv1.weight',
      ...[
        'conv1.weight',
        'bn1.weight',
        'bn1.bias',
        'bn1.running_mean',
        'bn1.running_var',
        'conv2.weight',
        'bn2.weight',
        'bn2.bias',
        'bn2.running_mean',
        'bn2.running_var',
      ].map((name) => `layer1.0.${name}`),
      ...[
        'conv1.weight',
        'bn1.weight',
        'bn1.bias',
        'bn1.running_mean',
        'bn1.running_var',
        'conv2.weight',
        'bn2.weight',
        'bn2.bias',
        'bn2.running_mean',
        'bn2.running_var',
      ].map((name) => `layer1.1.${name}`),
      ...['0.weight', '1.weight', '1.bias', '1.running_mean', '1.running_var'].map((name) => `layer1.1.downsample.${name}`),
      'fc.weight',
      'fc.bias',
    ]);
  });

  test('a function in a sequence takes an index but no name', () => {
    const stem = sequential(conv2d(3, 8, { kernel: 3 }), maxPool2d({ kernel: 2 }), batchNorm2d(8));
    expect([...parameters(stem).keys()]).toEqual(['0.weight', '2.weight', '2.bias', '2.running_mean', '2.running_var']);
  });
});

describe('shapes without values', () => {
  test('a strided bottleneck halves height and width and quadruples planes', () => {
    expect(trace(bottleneck(64, 32, { stride: 2 }), [2, 56, 56, 64]).output.shape).toEqual([2, 28, 28, 128]);
  });

  test('an odd image is rounded up by a strided block, as by torch', () => {
    expect(trace(basicBlock(8, 16, { stride: 2 }), [1, 7, 5, 8]).output.shape).toEqual([1, 4, 3, 16]);
    expect(trace(basicBlock(8, 16, { stride: 2, shortcut: 'A' }), [1, 7, 5, 8]).output.shape).toEqual([1, 4, 3, 16]);
  });

  test('a summary counts parameters, multiply-accumulates and activation bytes, parts within wholes', () => {
    const summary = summarize(tiny(), [1, 8, 8, 3]);
    const row = (name: string) => summary.rows.find((r) => r.name === name);
    expect(row('conv1')).toMatchObject({ outputShape: [1, 8, 8, 4], params: 108, macs: 8 * 8 * 4 * 27, activationBytes: 8 * 8 * 4 * 4 });
    // two 3x3 convolutions of 4 to 4 channels and their norms
    expect(row('layer1.0')).toMatchObject({ kind: 'basic block', params: 2 * 144 + 2 * 8, macs: 2 * 64 * 4 * 36, depth: 2 });
    expect(row('fc')).toMatchObject({ outputShape: [1, 3], params: 27, macs: 24 });
    expect(summary.params).toBe([...parameters(tiny()).values()].reduce((sum, p) => sum + (p.role === 'buffer' ? 0 : p.size), 0));
  });

  test('describing a model takes no memory', async () => {
    expect(await leakedTensors(() => summarize(tiny(), [1, 8, 8, 3]))).toBe(0);
  });

  test('an image with other channels is refused with both shapes', () => {
    expect(() => summarize(tiny(), [1, 8, 8, 4])).toThrow('the input has 4 channels [1,8,8,4]');
  });

  test('an image without a batch dimension is refused', () => {
    expect(() => summarize(tiny(), [8, 8, 3])).toThrow('expected [N,H,W,C] but received [8,8,3]');
  });
});

describe('values', () => {
  test('the same seed gives the same parameters, another seed others', async () => {
    const read = async (seed: number) => {
      const model = tiny();
      initialize(model, { seed });
      const dict = await stateDict(model);
      dispose(model);
      return dict;
    };
    const [a, b, c] = [await read(1), await read(1), await read(2)];
    expect(a).toEqual(b);
    expect(a.get('conv1.weight')).not.toEqual(c.get('conv1.weight'));
  });

  test('He-normal values have the standard deviation of their fan-out', async () => {
    const layer = conv2d(64, 128, { kernel: 3 });
    initialize(layer, { seed: 7 });
    const values = (await stateDict(layer)).get('weight')?.data as Float32Array;
    dispose(layer);
    const std = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
    // the standard error of a standard deviation of 73,728 draws is 0.26 %
    expect(Math.abs(std / Math.sqrt(2 / (128 * 9)) - 1)).toBeLessThan(0.01);
  });

  test('a state dict comes back as it went in', async () => {
    const [from, to] = [tiny(), tiny()];
    initialize(from, { seed: 3 });
    const dict = await stateDict(from);
    loadStateDict(to, dict);
    expect(await stateDict(to)).toEqual(dict);
    dispose(from);
    dispose(to);
  });

  test('dispose frees everything a model holds', async () => {
    expect(
      await leakedTensors(() => {
        const model = tiny();
        initialize(model);
        dispose(model);
      }),
    ).toBe(0);
  });

  test('a model without values says how to give it some', () => {
    expect(() => tiny().forward(tf.zeros([1, 8, 8, 3]), 'eval')).toThrow(
      'Call initialize(model, { seed }) or loadStateDict(model, dict) first',
    );
  });

  test('a forward pass leaves its result and nothing else, in both modes', async () => {
    const model = tiny();
    initialize(model);
    const x = tf.ones([2, 8, 8, 3]);
    expect(await leakedTensors(() => model.forward(x, 'eval'))).toBe(1);
    expect(await leakedTensors(() => model.forward(x, 'train'))).toBe(1);
    dispose(model);
  });

  test('a batch of one pixel per channel, or none, cannot be trained on, and moves no statistics', async () => {
    const layer = batchNorm2d(2);
    initialize(layer);
    for (const shape of [
      [1, 1, 1, 2],
      [0, 4, 4, 2],
    ])
      expect(() => layer.forward(tf.ones(shape), 'train')).toThrow('has no variance to train on');
    expect((await stateDict(layer)).get('running_var')?.data).toEqual(new Float32Array([1, 1]));
    dispose(layer);
  });

  test.each([undefined, null, 'test', 'Eval', true, {}])('mode %j is refused, and moves no statistics', async (mode) => {
    const model = sequential(batchNorm2d(2));
    initialize(model);
    const predictor = optimizeForInference(model, [1, 4, 4, 2]);
    const x = tf.ones([1, 4, 4, 2]);
    for (const module of [model, predictor])
      expect(() => module.forward(x, mode as Mode)).toThrow("the mode must be 'eval', which predicts, or 'train' or { seed }");
    expect((await stateDict(model)).get('0.running_mean')?.data).toEqual(new Float32Array(2));
    predictor.dispose();
    dispose(model);
  });

  test("running statistics move by torch's momentum towards the mean and the unbiased variance", async () => {
    const layer = batchNorm2d(1);
    initialize(layer);
    layer.forward(tf.tensor4d([1, 2, 3, 6], [1, 2, 2, 1]), 'train').dispose();
    const dict = await stateDict(layer);
    dispose(layer);
    // mean 3, biased variance 3.5, unbiased 14/3
    expect(dict.get('running_mean')?.data[0]).toBeCloseTo(0.3, 6);
    expect(dict.get('running_var')?.data[0]).toBeCloseTo(0.9 + 0.1 * (14 / 3), 6);
  });
});

describe('loading what does not fit', () => {
  const dictOf = async () => {
    const model = tiny();
    initialize(model);
    const dict = await stateDict(model);
    dispose(model);
    return dict;
  };

  test('lists everything that is missing, unexpected and misshapen at once, and loads nothing', async () => {
    const dict = await dictOf();
    dict.delete('fc.weight');
    dict.delete('fc.bias');
    dict.set('head.weight', { shape: [1], data: new Float32Array(1) });
    dict.set('conv1.weight', { shape: [4, 1, 3, 3], data: new Float32Array(36) });
    const { error, leaked } = await failure(() => loadStateDict(tiny(), dict));
    expect(error.name).toBe('StateDictError');
    expect(error.message).toBe(
      'The state dict does not fit the model: 2 missing (fc.weight, fc.bias), 1 unexpected (head.weight), 1 misshapen (conv1.weight: expected [4,3,3,3] but received [4,1,3,3]). Pass { strict: false } to load the rest.',
    );
    expect(leaked).toBe(0);
  });

  test('loads the rest where it is asked to, and reports what did not fit', async () => {
    const dict = await dictOf();
    dict.delete('fc.bias');
    const model = tiny();
    initialize(model, { seed: 9 });
    expect(loadStateDict(model, dict, { strict: false })).toEqual({ missing: ['fc.bias'], unexpected: [], misshapen: [] });
    expect((await stateDict(model)).get('conv1.weight')).toEqual(dict.get('conv1.weight'));
    dispose(model);
  });

  test("passes over torch's batch counters", async () => {
    const dict = await dictOf();
    dict.set('layer1.0.bn1.num_batches_tracked', { shape: [], data: new Float32Array(1) });
    const model = tiny();
    loadStateDict(model, dict);
    dispose(model);
  });
});

describe('classify', () => {
  test('refuses what a model gives that is not a number for each class, and leaks nothing', async () => {
    const body = sequential(conv2d(3, 4, { kernel: 3 }));
    initialize(body, { seed: 1 });
    const pixels = { data: new Float32Array(2 * 8 * 8 * 3), shape: [2, 8, 8, 3] };
    const { error, leaked } = await failure(() => classify(body, pixels));
    expect(String(error)).toContain('ShapeError: classify: expected logits [N,classes] of the model but received [2,8,8,4]');
    expect(leaked).toBe(0);
    dispose(body);
  });

  test('gives the most probable classes of each image, best first, and leaks nothing', async () => {
    const model = tiny();
    initialize(model, { seed: 1 });
    const pixels = { data: new Float32Array(2 * 8 * 8 * 3).fill(0.5), shape: [2, 8, 8, 3] };
    let results: Awaited<ReturnType<typeof classify>> = [];
    expect(
      await leakedTensors(async () => {
        results = await classify(model, pixels, ['ant', 'bee', 'cat'], 2);
      }),
    ).toBe(0);
    expect(results).toHaveLength(2);
    for (const [first, second, ...rest] of results) {
      expect(rest).toEqual([]);
      expect(first?.probability).toBeGreaterThanOrEqual(second?.probability as number);
      expect(['ant', 'bee', 'cat'][first?.index as number]).toBe(first?.label);
    }
    dispose(model);
  });

  test.each([
    ['pixels that do not fill their shape', { data: new Float32Array(5), shape: [1, 8, 8, 3] }, 'holds 192 numbers but 5 came'],
    ['an image of other channels', { data: new Float32Array(256), shape: [1, 8, 8, 4] }, 'the input has 4 channels'],
    ['a batch without its dimension', { data: new Float32Array(192), shape: [8, 8, 3] }, 'expected [N,H,W,C]'],
  ])('refuses %s and leaks nothing', async (_, pixels, message) => {
    const model = tiny();
    initialize(model);
    const { error, leaked } = await failure(() => classify(model, pixels));
    expect(error.message).toContain(message);
    expect(leaked).toBe(0);
    dispose(model);
  });
});
