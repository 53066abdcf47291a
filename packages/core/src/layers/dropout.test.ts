import '@tensorflow/tfjs-backend-cpu';
import { norm } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { ConfigError, SeedError } from '../errors.ts';
import { registerGradients } from '../gradients/register.ts';
import { module } from '../module.ts';
import { sequential } from '../sequential.ts';
import { trace } from '../trace.ts';
import { dropout, stochasticDepth } from './dropout.ts';

registerGradients();

const SIZE = [64, 8, 8, 4] as const;
const ones = tf.ones([...SIZE]);
const after = (part: { forward: typeof drop.forward }, mode: Parameters<typeof drop.forward>[1]) => part.forward(ones, mode).dataSync();
const drop = dropout(0.3);

test('dropout zeroes about its rate of values and scales the rest, as torch does', () => {
  const values = after(drop, { seed: 1 });
  const kept = values.filter((v) => v !== 0);
  // Binomial: 3.5 standard deviations of 16,384 draws at 0.3 are 0.0125.
  expect(Math.abs(1 - kept.length / values.length - 0.3)).toBeLessThan(0.0125);
  expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.7)]));
});

test('a step repeats exactly, the next one differs', () => {
  expect(after(drop, { seed: 5 })).toEqual(after(drop, { seed: 5 }));
  expect(after(drop, { seed: 5 })).not.toEqual(after(drop, { seed: 6 }));
});

test('parts of other names draw other values, and equal models draw the same', () => {
  const build = () => {
    const parts = { first: dropout(0.5), second: dropout(0.5) };
    return { parts, whole: module('pair', { inner: sequential(module('two', parts, (_, x) => x)) }, (_, x) => x) };
  };
  const [a, b] = [build(), build()];
  const mode = { seed: 3 };
  expect(after(a.parts.first, mode)).not.toEqual(after(a.parts.second, mode));
  expect(after(a.parts.first, mode)).toEqual(after(b.parts.first, mode));
});

test('a dropout that replaced another draws by its name, as the other did', () => {
  const build = () =>
    module('whole', { first: dropout(0.5), second: dropout(0.5) }, (m, x, mode) => m.second.forward(m.first.forward(x, mode), mode));
  const [plain, other] = [build(), build()];
  Reflect.set(other, 'second', dropout(0.5));
  const x = tf.ones([64]);
  expect(other.forward(x, { seed: 3 }).dataSync()).toEqual(plain.forward(x, { seed: 3 }).dataSync());
  expect(other.second.forward(x, { seed: 3 }).dataSync()).not.toEqual(other.first.forward(x, { seed: 3 }).dataSync());
});

test("the gradient passes through the forward pass' own mask", () => {
  const gradient = tf.grad((x) => drop.forward(x, { seed: 9 }))(ones);
  expect(gradient.dataSync()).toEqual(after(drop, { seed: 9 }));
});

test('stochastic depth drops whole samples', () => {
  const rows = stochasticDepth(0.5).forward(ones, { seed: 2 }).arraySync() as number[][][][];
  const perSample = rows.map((sample) => new Set(sample.flat(3)));
  expect(perSample.every((values) => values.size === 1)).toBe(true);
  expect(new Set(perSample.flatMap((values) => [...values]))).toEqual(new Set([0, 2]));
});

test('eval and a rate of 0 return what came, as a tensor of its own', () => {
  for (const [part, mode] of [[drop, 'eval'] as const, [dropout(0), 'train'] as const]) {
    const y = part.forward(ones, mode);
    y.dispose();
    expect(norm(ones.dataSync())).toBe(128);
  }
});

test('a rate of 1 drops everything', () => {
  expect(norm(after(dropout(1), { seed: 0 }))).toBe(0);
});

test('leaves no trace in a traced pass', () => {
  expect(trace(sequential(dropout(0.5)), [1, 2]).nodes.map(({ op }) => op)).toEqual(['input']);
});

test('training without a seed says which part needs one and how to give it', () => {
  const model = sequential(sequential(dropout(0.5)));
  expect(() => model.forward(ones, 'train')).toThrow(SeedError);
  expect(() => model.forward(ones, 'train')).toThrow("dropout 0.5 '0.0' draws at random but the mode 'train' has no seed. Pass { seed }");
});

test.each([-0.1, 1.5, Number.NaN])('a rate of %f is refused', (rate) => {
  expect(() => dropout(rate)).toThrow(ConfigError);
  expect(() => stochasticDepth(rate)).toThrow(`the rate must be a number from 0 to 1 but is ${rate}`);
});
