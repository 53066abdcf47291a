import '@tensorflow/tfjs-backend-cpu';
import { relativeError } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  conv2d,
  identity,
  initialize,
  parameters,
  preactivationBasic,
  preactivationBottleneck,
  SeedError,
  sequential,
  summarize,
} from '../index.ts';

const size = { inChannels: 8, planes: 4, outChannels: 16 };
const names = (part: Parameters<typeof parameters>[0]) => [...parameters(part).keys()].filter((name) => !/bias|running/.test(name));
const image = tf.randomNormal([2, 6, 6, 8], 0, 1, 'float32', 1);

test('norms come before the convolutions, and the 3x3 of a bottleneck carries the stride', () => {
  const block = preactivationBottleneck(size, {
    stride: 2,
    projection: { downsample: sequential(conv2d(8, 16, { kernel: 1, stride: 2 })) },
  });
  expect(names(block)).toEqual([
    'bn1.weight',
    'conv1.weight',
    'bn2.weight',
    'conv2.weight',
    'bn3.weight',
    'conv3.weight',
    'downsample.0.weight',
  ]);
  const { rows } = summarize(block, [2, 6, 6, 8]);
  expect(rows.map(({ name, kind, outputShape }) => [name, kind, outputShape.join()]).filter(([name]) => name?.startsWith('conv'))).toEqual([
    ['conv1', 'conv 1x1', '2,6,6,4'],
    ['conv2', 'conv 3x3 /2', '2,3,3,4'],
    ['conv3', 'conv 1x1', '2,3,3,16'],
  ]);
});

test("a family's own names and order are kept", () => {
  const block = preactivationBasic(
    { inChannels: 8, planes: 16, outChannels: 16 },
    { normName: 'norm', projectionFirst: true, projection: { shortcut: conv2d(8, 16, { kernel: 1 }) } },
  );
  expect(names(block)).toEqual(['shortcut.weight', 'norm1.weight', 'conv1.weight', 'norm2.weight', 'conv2.weight']);
});

test('a block whose branch gives nothing is the identity, to the last bit, however negative its input', () => {
  const same = { inChannels: 8, planes: 8, outChannels: 8 };
  const block = preactivationBasic(same);
  initialize(block, { seed: 0 });
  parameters(block)
    .get('conv2.weight')
    ?.assign(new Float32Array(8 * 8 * 9));
  expect(block.forward(image, 'eval').dataSync()).toEqual(image.dataSync());
  const first = preactivationBasic(same, { activateIdentity: true });
  initialize(first, { seed: 0 });
  parameters(first)
    .get('conv2.weight')
    ?.assign(new Float32Array(8 * 8 * 9));
  // Fresh running statistics divide by √(1 + 1e-5).
  expect(relativeError(first.forward(image, 'eval').dataSync(), tf.relu(image).dataSync())).toBeLessThan(1e-5);
});

test('an identity of another size pads with zero channels', () => {
  const grow = { inChannels: 8, outChannels: 12, stride: 2 };
  const block = preactivationBasic({ ...grow, planes: 12 }, { stride: 2, identity: (x) => identity(x, grow) });
  expect(summarize(block, [2, 6, 6, 8]).rows[0]?.outputShape).toEqual([2, 3, 3, 12]);
});

test('dropout and stochastic depth draw while training and not in eval', () => {
  const same = { inChannels: 8, planes: 8, outChannels: 8 };
  const block = preactivationBasic(same, { dropRate: 0.5, stochasticDepth: 0.5 });
  initialize(block, { seed: 0 });
  const run = (mode: Parameters<typeof block.forward>[1]) => block.forward(image, mode).dataSync();
  expect(run({ seed: 1 })).toEqual(run({ seed: 1 }));
  expect(run({ seed: 1 })).not.toEqual(run({ seed: 2 }));
  expect(run('eval')).toEqual(run('eval'));
  expect(() => run('train')).toThrow(SeedError);
});
