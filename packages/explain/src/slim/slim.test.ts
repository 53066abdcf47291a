import { useWasm } from '@resnetjs/backend-wasm';
import {
  dispose,
  isRemovable,
  loadStateDict,
  type Module,
  optimizeForInference,
  parameters,
  residualBlocks,
  stateDict,
  summarize,
} from '@resnetjs/core';
import { failure, leakedTensors } from '@resnetjs/testing';
import { cifarResnet } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { scoreLesions } from '../skips/lesions.ts';
import { smallImages, smallNetwork } from '../skips/small-network.testing.ts';
import { slim } from './slim.ts';

beforeAll(async () => {
  await useWasm({ threads: 1 });
});

const SHAPE = [1, 8, 8, 3];

/** Blocks whose last norm gives 0 do nothing. */
function silence(model: Module, ...blocks: string[]): void {
  for (const [name, parameter] of parameters(model))
    if (blocks.some((block) => name.startsWith(`${block}.bn2.`)) && !name.includes('running'))
      parameter.assign(new Float32Array(parameter.size));
}

test('blocks that do nothing go, and nothing changes but what they cost', async () => {
  const model = smallNetwork();
  silence(model, 'layer1.1', 'layer3.1', 'layer2.0'); // the last, which subsamples, cannot go
  const names = [...parameters(model).keys()];
  const { params, macs } = summarize(model, SHAPE);
  const rounds: number[] = [];
  const result = await slim(model, smallImages(), {
    maxLoss: 0,
    maxBlocks: 2,
    timings: 1,
    onProgress: ({ round }) => {
      if (rounds.at(-1) !== round) rounds.push(round);
    },
  });
  expect(result.model).toBe(model);
  expect(result.removed.map(({ block }) => block)).toEqual(['layer1.1', 'layer3.1']);
  expect(result.after.score).toEqual(result.before.score);
  expect(result.before).toMatchObject({ params, macs, ms: expect.any(Number) });
  const less = summarize(model, SHAPE);
  expect(result.after).toMatchObject({ params: less.params, macs: less.macs, ms: expect.any(Number) });
  expect(params - less.params).toBe(2 * (4 * 4 * 9 + 4) + 2 * (6 * 6 * 9 + 6) + 2 * 4 + 2 * 6); // norms have a scale and an offset
  expect([...parameters(model).keys()]).toEqual(names.filter((name) => !/^layer(1\.1|3\.1)\./.test(name)));
  expect(model.config).toMatchObject({ removedBlocks: ['layer1.1', 'layer3.1'] });
  expect(rounds).toEqual([1, 2]);
  dispose(model);
});

test('each round is ranked anew, and the score is that of the network that is left', async () => {
  const model = smallNetwork({ blocks: 3 });
  const removable = [...residualBlocks(model)].filter(([, block]) => isRemovable(block)).map(([name]) => name);
  const { removed, ranking, before, after } = await slim(model, smallImages(), { maxLoss: 100, maxBlocks: 3, timings: 0 });
  expect(ranking.map(({ block }) => block).toSorted()).toEqual(removable);
  expect(ranking.map(({ loss }) => loss)).toEqual(ranking.map(({ loss }) => loss).toSorted((a, b) => a - b));
  expect(removed[0]).toEqual(ranking[0]);
  expect([before.ms, after.ms]).toEqual([undefined, undefined]);

  const other = smallNetwork({ blocks: 3 });
  const [first, second] = removed.map(({ block }) => block) as [string, string];
  const { lesions } = await scoreLesions(
    other,
    smallImages(),
    removable.filter((name) => name !== first).map((name) => ({ dropped: [first, name] })),
  );
  expect(Math.min(...lesions.map(({ loss }) => loss))).toBe(removed[1]?.loss);
  expect(second).not.toBe(first);
  expect((await scoreLesions(model, smallImages(), [])).whole).toEqual(after.score);
  dispose(model);
  dispose(other);
});

test('what is left is saved and loaded by its config and its names', async () => {
  const model = smallNetwork();
  await slim(model, smallImages(), { maxLoss: 100, maxBlocks: 2, timings: 0 });
  const again = cifarResnet(JSON.parse(JSON.stringify(model.config)));
  loadStateDict(again, await stateDict(model));
  expect(await scoreLesions(again, smallImages(), [])).toEqual(await scoreLesions(model, smallImages(), []));
  dispose(model);
  dispose(again);
});

test('frees what it removes, and leaves nothing behind', async () => {
  const model = smallNetwork();
  const values = [...parameters(model).keys()].filter((name) => /^layer1\.1\./.test(name)).length;
  silence(model, 'layer1.1');
  expect(await leakedTensors(() => slim(model, smallImages(), { maxLoss: 0, maxBlocks: 1, timings: 1 }))).toBe(-values);
  expect(await leakedTensors(() => dispose(model))).toBe(-parameters(model).size);
});

describe('a model stays as it was', () => {
  test('where no block can go within the limit', async () => {
    const model = smallNetwork();
    const [batch] = smallImages([64]) as [ReturnType<typeof smallImages>[number]];
    const logits = () => tf.tidy(() => model.forward(tf.tensor(batch.images, [...batch.shape]), 'eval').arraySync() as number[][]);
    const means = [0, 1, 2, 3].map((output) => logits().reduce((sum, row) => sum + (row[output] as number) / 64, 0));
    parameters(model)
      .get('fc.bias')
      ?.assign(Float32Array.from(means, (mean) => -mean));
    // Of several classes, and the network is right about each: a block that changes any of them is one too many.
    const labels = logits().map((row) => row.indexOf(Math.max(...row)));
    expect(new Set(labels).size).toBeGreaterThan(1);
    const { removed, ranking, before, after } = await slim(model, [{ ...batch, labels }], { maxLoss: 0 });
    expect([before.score.accuracy, removed, after]).toEqual([1, [], before]);
    expect(ranking.map(({ block }) => block).toSorted()).toEqual(['layer1.0', 'layer1.1', 'layer2.1', 'layer3.1']);
    expect(model.config).not.toHaveProperty('removedBlocks');
    dispose(model);
  });

  test('where it is stopped', async () => {
    const model = smallNetwork();
    const before = [...parameters(model).keys()];
    const stop = new AbortController();
    const { error, leaked } = await failure(() =>
      slim(model, smallImages(), { maxLoss: 100, signal: stop.signal, onProgress: ({ round }) => round === 2 && stop.abort() }),
    );
    expect([error.name, leaked]).toEqual(['AbortError', 0]);
    expect([...parameters(model).keys()]).toEqual(before);
    expect([...residualBlocks(model).values()].some(({ skipped }) => skipped)).toBe(false);
    dispose(model);
  });
});

describe('refused is', () => {
  test.each<[string, () => Module, object, RegExp]>([
    ['a negative limit', () => smallNetwork(), { maxLoss: -0.5 }, /percentage points of accuracy may be lost, from 0, but is -0\.5/],
    ['a limit that is no number', () => smallNetwork(), { maxLoss: Number.NaN }, /but is NaN/],
    [
      'a plain network',
      () => smallNetwork({ shortcut: 'none' }),
      { maxLoss: 1 },
      /no block of plain network can go\. It is a plain network/,
    ],
    [
      'projections everywhere',
      () => smallNetwork({ shortcut: 'C' }),
      { maxLoss: 1 },
      /no block of resnet can go\. Each of its shortcuts projects/,
    ],
    ['a predictor', () => optimizeForInference(smallNetwork(), SHAPE), { maxLoss: 1 }, /Give the model that it was made from/],
  ])('%s', async (_, make, options, message) => {
    const model = make();
    const { error, leaked } = await failure(() => slim(model, smallImages(), options as { maxLoss: number }));
    expect([error.name, leaked]).toEqual(['ExplainError', 0]);
    expect(error.message).toMatch(message);
  });
  test('images without labels', async () => {
    const images = smallImages().map(({ images: pixels, shape }) => ({ images: pixels, shape })) as never;
    await expect(slim(smallNetwork(), images, { maxLoss: 1 })).rejects.toThrow('the images have no labels');
  });
});
