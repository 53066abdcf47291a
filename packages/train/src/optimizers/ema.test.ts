import '@tensorflow/tfjs-backend-cpu';
import { batchNorm2d, dispose, initialize, parameters, stateDict } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ema } from './ema.ts';

const model = batchNorm2d(2);
const set = (value: number) => {
  for (const parameter of parameters(model).values()) parameter.assign(new Float32Array(2).fill(value));
};

let tensors = 0;
beforeAll(async () => {
  await tf.setBackend('cpu');
});
beforeEach(() => {
  tensors = tf.memory().numTensors;
  initialize(model);
});
afterEach(() => {
  dispose(model);
  expect(tf.memory().numTensors).toBe(tensors);
});

test('starts from the model and then moves by 1 - decay, running statistics included', async () => {
  const average = ema(model, { decay: 0.75, warmUp: false });
  for (const value of [8, 4, 0]) {
    set(value);
    average.update();
  }
  const dict = await average.stateDict();
  expect([...dict.keys()]).toEqual(['ema_updates', 'weight', 'bias', 'running_mean', 'running_var']);
  for (const name of ['weight', 'running_var']) expect(dict.get(name)?.data).toEqual(Float32Array.of(5.25, 5.25)); // 8, 7, 5.25
  average.dispose();
});

test('forgets the first values soon while it warms up', async () => {
  const average = ema(model, { decay: 0.999 });
  set(11);
  average.update();
  set(0);
  average.update();
  expect((await average.stateDict()).get('weight')?.data[0]).toBeCloseTo(2, 6); // 11 · 2/11
  average.dispose();
});

test('lends the model its values for a while, also where the call fails', async () => {
  const average = ema(model, { decay: 0.5, warmUp: false });
  set(4);
  average.update();
  set(2);
  const seen = await average.within(async () => (await stateDict(model)).get('weight')?.data[0]);
  expect(seen).toBe(4);
  await expect(average.within(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect((await stateDict(model)).get('weight')?.data[0]).toBe(2);
  average.dispose();
});

test('goes on from a kept state', async () => {
  const [first, second] = [ema(model), ema(model)];
  set(3);
  first.update();
  second.loadStateDict(await first.stateDict());
  set(1);
  first.update();
  second.update();
  expect(await second.stateDict()).toEqual(await first.stateDict());
  expect(() => second.loadStateDict(new Map())).toThrow('5 missing (ema_updates, weight, bias, running_mean, running_var)');
  first.dispose();
  second.dispose();
});

test('a decay that would never move is refused', () => {
  expect(() => ema(model, { decay: 1 })).toThrow("'decay' must be a number from 0, below 1, but is 1");
});
