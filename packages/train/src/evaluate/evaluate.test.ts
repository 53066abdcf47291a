import '@tensorflow/tfjs-backend-cpu';
import { readFileSync } from 'node:fs';
import { module } from '@resnetjs/core';
import { leakedTensors } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { crossEntropy } from '../losses/cross-entropy.ts';
import { evaluate } from './evaluate.ts';
import { argMax, countCorrect, rankOf } from './ranking.ts';

interface Golden {
  readonly logits: number[];
  readonly labels: number[];
  readonly loss: number;
  readonly top1: number;
  readonly top3: number;
  readonly ece: number;
  readonly confusion: number[][];
  readonly worst: number[];
  readonly worstLosses: number[];
}

const golden = JSON.parse(readFileSync(new URL('../../golden/evaluation.json', import.meta.url), 'utf8')) as Golden;
const CLASSES = 6;

/** Its images are the logits. */
const echo = module('echo', {}, (_, x) => tf.reshape(x, [x.shape[0] as number, -1]));
const batch = (logits: readonly number[], labels: readonly number[], width = CLASSES) => ({
  images: Float32Array.from(logits),
  shape: [labels.length, 1, 1, width],
  labels,
});
const batches = [0, 25, 50].map((from) =>
  batch(golden.logits.slice(from * CLASSES, (from + 25) * CLASSES), golden.labels.slice(from, from + 25)),
);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test("agrees with PyTorch's numbers, and leaks nothing", async () => {
  const leaked = await leakedTensors(async () => {
    const found = await evaluate(echo, batches, { topK: [1, 3, 50], worst: 5 });
    expect(found.images).toBe(60);
    expect(found.loss).toBeCloseTo(golden.loss, 9);
    expect(found.topK).toEqual({ 1: expect.closeTo(golden.top1, 12), 3: expect.closeTo(golden.top3, 12) });
    expect(found.calibration.ece).toBeCloseTo(golden.ece, 9);
    expect(found.confusion).toEqual(golden.confusion);
    expect(found.worst.map(({ index }) => index)).toEqual(golden.worst);
    for (const [i, { loss, probability }] of found.worst.entries()) {
      expect(loss).toBeCloseTo(golden.worstLosses[i] as number, 9);
      expect(probability).toBeCloseTo(Math.exp(-loss), 12);
    }
    const diagonal = golden.confusion.map((row, c) => row[c] as number);
    expect(found.classes.map(({ recall }) => recall)).toEqual(
      golden.confusion.map((row, c) => (diagonal[c] as number) / row.reduce((a, b) => a + b)),
    );
    expect(found.mostConfused[0]?.images).toBe(Math.max(...golden.confusion.flatMap((row, a) => row.filter((_, b) => a !== b))));
  });
  expect(leaked).toBe(0);
});

test('a loss of ones own is averaged over images, not batches', async () => {
  const { loss } = await evaluate(echo, batches, { loss: crossEntropy });
  expect(loss).toBeCloseTo(golden.loss, 5);
});

test('an image whose logits are not numbers is wrong, and the worst', async () => {
  const found = await evaluate(echo, [batch([5, 0, Number.NaN, Number.NaN], [0, 0], 2)], { worst: 1 });
  expect(found.topK).toEqual({ 1: 0.5 });
  expect(found.worst[0]?.index).toBe(1);
});

describe('refuses', () => {
  test('nothing to evaluate on', () => expect(evaluate(echo, [])).rejects.toThrow('there is no image to evaluate on'));
  test('labels that are no class of the model', () =>
    expect(evaluate(echo, [batch([1, 2], [2], 2)])).rejects.toThrow('evaluate: label 2 at position 0 is not a whole number from 0 to 1'));
  test('other class names than the head has outputs', () =>
    expect(evaluate(echo, [batch([1, 2], [1], 2)], { classes: ['a', 'b', 'c'] })).rejects.toThrow(
      'the model has 2 outputs but the data 3 classes',
    ));
  test('soft labels', () => {
    const soft = { ...batch([1, 2], [0], 2), labels: Float32Array.of(0.5, 0.5) };
    return expect(evaluate(echo, [soft])).rejects.toThrow('soft labels');
  });
});

test('ranks the first of equals higher', () => {
  expect([rankOf([1, 1, 0], 0), rankOf([1, 1, 0], 1), rankOf([1, 1, 0], 2)]).toEqual([0, 1, 2]);
  expect([argMax([0, 3, 3]), argMax([Number.NaN, 1])]).toEqual([1, 1]);
  expect(countCorrect(Float32Array.of(1, 0, 0, 1), [0, 0], 2)).toBe(1);
  expect(countCorrect(Float32Array.of(1, 0, 0, 1), Float32Array.of(0.6, 0.4, 0.3, 0.7), 2)).toBe(2);
});
