import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, initialize, loadStateDict, type Module, optimizeForInference, residualBlocks, stateDict } from '@resnetjs/core';
import { failure, leakedTensors } from '@resnetjs/testing';
import { cifarResnet, densenet } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ExplainError } from '../explain-error.ts';
import { dropAtRandom, dropEach, orderKept, swapAtRandom } from './lesion-plans.ts';
import { type Lesion, scoreLesions } from './lesions.ts';
import { scoreTally } from './score.ts';
import { smallImages, smallNetwork } from './small-network.testing.ts';

beforeAll(async () => {
  await useWasm({ threads: 1 });
});

const SHAPE = [1, 8, 8, 3];
const open: Module[] = [];
const opened = <M extends Module>(model: M): M => {
  open.push(model);
  return model;
};
afterEach(() => {
  for (const model of open.splice(0)) dispose(model);
});

/** With first weights. */
const drawn = <M extends Module>(model: M): M => {
  initialize(opened(model), { seed: 1 });
  return model;
};

/** The score of a network, by nothing but its own forward pass. */
function scoreOf(model: Module) {
  const tally = scoreTally();
  for (const { images, shape, labels } of smallImages())
    tf.tidy(() => tally.add(model.forward(tf.tensor(images, [...shape]), 'eval').dataSync() as Float32Array, labels));
  return tally.total();
}

describe('the score', () => {
  test('is the share that is right, and the mean cross-entropy', () => {
    const tally = scoreTally();
    tally.add(Float32Array.of(2, 0, 0, 2), [0, 0]);
    const { images, accuracy, loss } = tally.total();
    expect([images, accuracy]).toEqual([2, 0.5]);
    expect(loss).toBeCloseTo((Math.log(1 + Math.exp(-2)) + Math.log(1 + Math.exp(2))) / 2, 6);
  });
});

describe('of a residual network', () => {
  test('without a block it is the network that was made without it', async () => {
    const model = opened(smallNetwork());
    const { whole, lesions } = await scoreLesions(model, smallImages(), [{ dropped: ['layer2.1'] }, { dropped: ['layer1.0', 'layer3.1'] }]);
    expect(whole).toEqual(scoreOf(model));
    for (const [i, removedBlocks] of [['layer2.1'], ['layer1.0', 'layer3.1']].entries()) {
      const without = opened(cifarResnet({ ...(model.config as { depth: number }), removedBlocks }));
      const kept = [...(await stateDict(model))].filter(([name]) => !removedBlocks.some((block) => name.startsWith(`${block}.`)));
      loadStateDict(without, new Map(kept));
      expect(lesions[i]).toEqual(scoreOf(without));
      expect(lesions[i]).not.toEqual(whole);
    }
  });

  test.each<[string, 'A' | 'B']>([
    ['pads', 'A'],
    ['projects', 'B'],
  ])('without the branch of a block that %s it is the one whose branch gives 0', async (_, shortcut) => {
    const model = opened(smallNetwork({ shortcut }));
    const { lesions } = await scoreLesions(model, smallImages(), [{ dropped: ['layer2.0'] }]);
    const silenced = opened(smallNetwork({ shortcut }));
    loadStateDict(
      silenced,
      new Map(
        [...(await stateDict(model))].map(([name, { shape, data }]) => [
          name,
          { shape, data: /layer2\.0\.bn2\.(weight|bias)/.test(name) ? data.map(() => 0) : data },
        ]),
      ),
    );
    expect(lesions[0]?.loss).toBeCloseTo(scoreOf(silenced).loss, 6);
  });

  test("with two blocks swapped it is the one in which they have each other's weights", async () => {
    const model = opened(smallNetwork({ blocks: 3 }));
    const { lesions } = await scoreLesions(model, smallImages(), [{ swapped: [['layer2.1', 'layer2.2']] }]);
    const other = opened(smallNetwork({ blocks: 3 }));
    const swap = (name: string) => name.replace(/layer2\.([12])\./, (_, i) => `layer2.${3 - Number(i)}.`);
    loadStateDict(other, new Map([...(await stateDict(model))].map(([name, tensor]) => [swap(name), tensor])));
    expect(lesions[0]).toEqual(scoreOf(other));
  });

  test('swaps follow one another, and what is dropped is what stands there then', async () => {
    const model = opened(smallNetwork({ blocks: 3 }));
    const pair = ['layer2.1', 'layer2.2'] as const;
    const { whole, lesions } = await scoreLesions(model, smallImages(), [
      { swapped: [pair, pair] },
      { swapped: [pair], dropped: ['layer2.2'] },
      { dropped: ['layer2.1'] },
      {},
    ]);
    expect(lesions[0]).toEqual(whole);
    expect(lesions[1]).toEqual(lesions[2]); // layer2.2 stands where layer2.1 stood, and nothing behind it
    expect(lesions[3]).toEqual(whole);
  });

  test('and the model is as it was, with nothing left in memory, also where it is stopped', async () => {
    const model = opened(smallNetwork());
    const before = scoreOf(model);
    const plans = [...dropEach(model, SHAPE), ...dropAtRandom(model, SHAPE, { counts: [2, 3], repeats: 2 })];
    const told: number[] = [];
    expect(await leakedTensors(() => scoreLesions(model, smallImages(), plans, { onProgress: (done) => told.push(done) }))).toBe(0);
    expect(told.length).toBe(2 * (plans.length + 1));
    expect(told.at(-1)).toBeCloseTo(9, 9);
    const stop = new AbortController();
    const { error, leaked } = await failure(() =>
      scoreLesions(model, smallImages(), plans, { signal: stop.signal, onProgress: () => stop.abort() }),
    );
    expect([error.name, leaked]).toEqual(['AbortError', 0]);
    expect([...residualBlocks(model).values()].every(({ skipped }) => !skipped)).toBe(true);
    expect(scoreOf(model)).toEqual(before);
  });
});

test('timers and signals have their turn while lesions are measured', async () => {
  const model = opened(smallNetwork());
  const stop = new AbortController();
  setTimeout(() => stop.abort());
  const { error } = await failure(() => scoreLesions(model, smallImages(), dropEach(model, SHAPE), { signal: stop.signal }));
  expect(error.name).toBe('AbortError');
});

describe('of a plain network', () => {
  test('a block that keeps the size passes on its input; one that changes it cannot go', async () => {
    const model = opened(smallNetwork({ shortcut: 'none' }));
    expect(dropEach(model, SHAPE).map(({ dropped }) => dropped[0])).toEqual(['layer1.0', 'layer1.1', 'layer2.1', 'layer3.1']);
    await expect(scoreLesions(model, smallImages(), [{ dropped: ['layer2.0'] }])).rejects.toThrow(
      'layer2.0 cannot be dropped: without a shortcut nothing else makes [N,4,4,6] of [N,8,8,4].',
    );
  });
});

describe('plans', () => {
  test('draw blocks and pairs of one shape, the same for the same seed', () => {
    const model = smallNetwork({ blocks: 3 });
    const random = dropAtRandom(model, SHAPE, { counts: [2, 4, 99], repeats: 3, seed: 5 });
    expect(random.map(({ dropped }) => new Set(dropped).size)).toEqual([2, 2, 2, 4, 4, 4]);
    expect(dropAtRandom(model, SHAPE, { counts: [2, 4], repeats: 3, seed: 5 })).toEqual(random);
    expect(dropAtRandom(model, SHAPE, { counts: [2, 4], repeats: 3, seed: 6 })).not.toEqual(random);
    for (const { swapped } of swapAtRandom(model, SHAPE, { counts: [1, 2], repeats: 4 }))
      for (const [a, b] of swapped) expect(a.slice(0, 6)).toBe(b.slice(0, 6)); // of one stage
  });

  test("say how much of the order is kept, by Kendall's tau", () => {
    const names = ['a', 'b', 'c', 'd'];
    expect(orderKept(names, [])).toBe(1);
    expect(orderKept(names, [['a', 'b']])).toBeCloseTo(4 / 6, 12); // one pair of six is the other way round
    expect(
      orderKept(names, [
        ['a', 'd'],
        ['b', 'c'],
      ]),
    ).toBe(-1);
  });
});

describe('refused is', () => {
  const of = (lesion: Lesion) => scoreLesions(opened(smallNetwork()), smallImages(), [lesion]);
  const silent = smallImages().map(({ images, shape }) => ({ images, shape })) as never;
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['an unknown block, with the nearest', () => of({ dropped: ['layer2.7'] }), /no block 'layer2\.7'\. Did you mean layer2\.[01]/],
    ['blocks of two shapes', () => of({ swapped: [['layer1.1', 'layer3.1']] }), /layer1\.1 and layer3\.1 cannot change places/],
    ['images without labels', () => scoreLesions(opened(smallNetwork()), silent, []), /the images have no labels/],
    [
      'labels of other classes',
      () =>
        scoreLesions(
          opened(smallNetwork()),
          smallImages().map((batch) => ({ ...batch, labels: Array(batch.labels.length).fill(4) })),
          [],
        ),
      /the label 4 is no output of the model, which has 4/,
    ],
    [
      'bytes',
      () =>
        scoreLesions(
          opened(smallNetwork()),
          smallImages().map((batch) => ({ ...batch, images: new Uint8Array(9) })),
          [],
        ),
      /Networks need them normalized/,
    ],
    ['no images', () => scoreLesions(opened(smallNetwork()), [], []), /there is no image/],
    ['images that come once', () => scoreLesions(opened(smallNetwork()), smallImages().values() as never, []), /needed several times/],
    [
      'a predictor',
      () => scoreLesions(optimizeForInference(opened(smallNetwork()), SHAPE), smallImages(), []),
      /Give the model that it was made from/,
    ],
    [
      'a DenseNet',
      () => scoreLesions(drawn(densenet({ layers: [2], growth: 4, stemChannels: 4, stem: 'cifar' })), smallImages(), []),
      /has no residual blocks.*beside what came, where a residual block adds it/,
    ],
  ])('%s', async (_, call, message) => {
    const { error } = await failure(call);
    expect(error).toBeInstanceOf(ExplainError);
    expect(error.message).toMatch(message);
  });
});
