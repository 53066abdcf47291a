import '@tensorflow/tfjs-backend-cpu';
import { relativeError } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { ConfigError, denseResidualBlock, initialize, parameters, SeedError, ShapeError, summarize } from '../index.ts';

const vectors = tf.randomNormal([5, 16], 0, 1, 'float32', 1);

test('1024 features go through 512 and back', () => {
  const block = denseResidualBlock(1024, { dropRate: 0.5 });
  expect([...parameters(block)].map(([name, { shape }]) => [name, shape.join('x')])).toEqual([
    ['fc1.weight', '512x1024'],
    ['fc1.bias', '512'],
    ['fc2.weight', '1024x512'],
    ['fc2.bias', '1024'],
  ]);
  expect(summarize(block, [1, 1024]).macs).toBe(2 * 1024 * 512);
});

test('the sum is of input and branch, and a ReLU follows it only if it is asked for', () => {
  const [bare, rectified] = [denseResidualBlock(16, { relu: false }), denseResidualBlock(16)];
  for (const block of [bare, rectified]) initialize(block, { seed: 2 });
  const value = (name: string) => parameters(bare).get(name)?.variable as tf.Variable;
  const hidden = tf.relu(tf.add(tf.matMul(vectors as tf.Tensor2D, value('fc1.weight') as unknown as tf.Tensor2D), value('fc1.bias')));
  const expected = tf.add(
    vectors,
    tf.add(tf.matMul(hidden as tf.Tensor2D, value('fc2.weight') as unknown as tf.Tensor2D), value('fc2.bias')),
  );
  expect(relativeError(bare.forward(vectors, 'eval').dataSync(), expected.dataSync())).toBeLessThan(1e-6);
  expect(relativeError(rectified.forward(vectors, 'eval').dataSync(), tf.relu(expected).dataSync())).toBeLessThan(1e-6);
});

test('dropout comes before the branch alone: the shortcut keeps every feature', () => {
  const block = denseResidualBlock(16, { dropRate: 1, relu: false });
  initialize(block, { seed: 2 });
  parameters(block).get('fc1.bias')?.assign(new Float32Array(8));
  parameters(block).get('fc2.bias')?.assign(new Float32Array(16));
  expect(block.forward(vectors, { seed: 1 }).dataSync()).toEqual(vectors.dataSync());
  expect(() => block.forward(vectors, 'train')).toThrow(SeedError);
});

test('other numbers of features are refused with both numbers', () => {
  const block = denseResidualBlock(8);
  initialize(block);
  expect(() => block.forward(vectors, 'eval')).toThrow(ShapeError);
  expect(() => block.forward(vectors, 'eval')).toThrow('expected [N,8] but received [5,16]');
  expect(() => denseResidualBlock(8, { dropRate: -1 })).toThrow(ConfigError);
});
