import '@tensorflow/tfjs-backend-cpu';
import { relativeError } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { highwayBlock, initialize, parameters } from '../index.ts';

const image = tf.randomNormal([2, 4, 4, 3], 0, 1, 'float32', 1);
const block = (gateBias: number) => {
  const made = highwayBlock(3, { gateBias });
  initialize(made, { seed: 1 });
  return made;
};

test('the gate has weights of its own, and starts with the bias it was given', async () => {
  const made = block(-2);
  expect([...parameters(made).keys()]).toEqual(['conv.weight', 'conv.bias', 'gate.weight', 'gate.bias']);
  expect([...((await parameters(made).get('gate.bias')?.read()) ?? [])]).toEqual([-2, -2, -2]);
});

test('a gate far below 0 carries the input, one far above 0 lets only the transform through', async () => {
  expect(relativeError(block(-40).forward(image, 'eval').dataSync(), image.dataSync())).toBeLessThan(1e-6);
  const open = block(-40);
  parameters(open).get('gate.bias')?.assign(new Float32Array(3).fill(40));
  expect(Math.min(...open.forward(image, 'eval').dataSync())).toBeGreaterThanOrEqual(0);
});
