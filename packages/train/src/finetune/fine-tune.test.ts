import '@tensorflow/tfjs-backend-cpu';
import {
  basicBlock,
  batchNorm2d,
  conv2d,
  dispose,
  globalAveragePool,
  initialize,
  layerGroups,
  linear,
  type Module,
  module,
  parameters,
  relu,
  sequential,
  stateDict,
} from '@resnetjs/core';
import { loader } from '@resnetjs/data';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FitEvent, StepEvent } from '../fit/events.ts';
import type { Snapshot } from '../fit/snapshot.ts';
import { STRIPE_COLOURS, stripedImages } from '../test/striped-images.ts';
import { tinyNet } from '../test/tiny-net.ts';
import { type FineTuneOptions, fineTune } from './fine-tune.ts';
import { freezeBatchNorms } from './frozen-norms.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const made: Module[] = [];
afterEach(() => {
  for (const model of made.splice(0)) dispose(model);
});

/** Two stages and a head, built as torchvision's networks are. */
function staged(): Module {
  const parts = {
    conv1: conv2d(3, 4, { kernel: 3 }),
    bn1: batchNorm2d(4),
    layer1: sequential(basicBlock(4, 4)),
    layer2: sequential(basicBlock(4, 6, { stride: 2 })),
    fc: linear(6, 3),
  };
  const net = module('staged', parts, (m, x, mode) => {
    const stem = relu(m.bn1.forward(m.conv1.forward(x, mode), mode));
    return m.fc.forward(globalAveragePool(m.layer2.forward(m.layer1.forward(stem, mode), mode)), mode);
  });
  initialize(net, { seed: 2 });
  made.push(net);
  return net;
}

const train = loader(stripedImages(24), { batchSize: 8, shuffle: true, normalization: STRIPE_COLOURS });
const options = (more: Partial<FineTuneOptions> = {}): FineTuneOptions => ({ train, epochs: 2, frozenEpochs: 1, now: () => 0, ...more });
const collect = async (events: AsyncIterable<FitEvent>): Promise<FitEvent[]> => {
  const all: FitEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
};
const topOf = (name: string) => name.split('.')[0] as string;

describe('layer groups', () => {
  test('are the stem, the stages and the head', () => {
    const groups = layerGroups(staged());
    expect(groups.map(({ name }) => name)).toEqual(['stem', 'layer1', 'layer2', 'fc']);
    expect(groups.map(({ names }) => [...new Set(names.map(topOf))])).toEqual([['conv1', 'bn1'], ['layer1'], ['layer2'], ['fc']]);
    expect(groups.flatMap(({ names }) => names)).toEqual(
      [...parameters(staged())].filter(([, { role }]) => role !== 'buffer').map(([name]) => name),
    );
  });

  test('divide a part that holds nearly everything, as DenseNet’s features do', () => {
    const features = module(
      'features',
      { conv0: conv2d(3, 4, { kernel: 3 }), block1: sequential(basicBlock(4, 4)), block2: sequential(basicBlock(4, 8)) },
      (_, x) => x,
    );
    const groups = layerGroups(module('dense', { features, classifier: linear(8, 2) }, (_, x) => x));
    expect(groups.map(({ name }) => name)).toEqual(['stem', 'features.block1', 'features.block2', 'classifier']);
  });

  test('of the smallest network are a stem and a head', () => {
    const net = tinyNet();
    made.push(net);
    expect(layerGroups(net).map(({ name }) => name)).toEqual(['stem', 'fc']);
  });
});

test('batch norms that are frozen keep their statistics and infer while training', async () => {
  const net = batchNorm2d(2);
  initialize(net);
  made.push(net);
  const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [4, 1, 1, 2]);
  const undo = freezeBatchNorms(net);
  const [frozen, inferred] = [net.forward(x, 'train'), net.forward(x, 'eval')];
  expect(await frozen.data()).toEqual(await inferred.data());
  expect([...(await net.running_mean.read())]).toEqual([0, 0]);
  undo();
  net.forward(x, 'train').dispose();
  expect((await net.running_mean.read())[0]).toBeCloseTo(0.4, 6);
  tf.dispose([x, frozen, inferred]);
});

test('norms that are frozen already stay so when others thaw', () => {
  const [a, b] = [batchNorm2d(2), batchNorm2d(2)];
  const both = module('both', { a, b }, (m, x, mode) => m.b.forward(m.a.forward(x, mode), mode));
  const thawA = freezeBatchNorms(both, (name) => name === 'a');
  const thawB = freezeBatchNorms(both);
  thawB();
  expect([a.frozen, b.frozen]).toEqual([true, false]);
  thawA();
  expect([a.frozen, b.frozen]).toEqual([false, false]);
});

test('a norm that cannot be frozen is named', () => {
  const { running_mean } = batchNorm2d(2);
  const own = module('own', { inner: module('norm', { running_mean }, (_, x) => tf.clone(x)) }, (m, x, mode) => m.inner.forward(x, mode));
  expect(() => freezeBatchNorms(own)).toThrow("'inner' keeps running statistics but has no 'frozen'");
});

describe('fine-tuning', () => {
  test('trains the head alone first, running statistics of the rest untouched, then everything', async () => {
    const net = staged();
    const start = await stateDict(net);
    const changed: string[][] = [];
    let before = start;
    for await (const event of fineTune(net, options()))
      if (event.type === 'epoch') {
        const after = await stateDict(net);
        changed.push([
          ...new Set(
            [...after].filter(([name, { data }]) => data.some((v, i) => v !== before.get(name)?.data[i])).map(([name]) => topOf(name)),
          ),
        ]);
        before = after;
      }
    expect(changed).toEqual([['fc'], ['conv1', 'bn1', 'layer1', 'layer2', 'fc'], ['conv1', 'bn1', 'layer1', 'layer2', 'fc']]);
    expect([...parameters(net).values()].every(({ role, trainable }) => trainable === (role !== 'buffer'))).toBe(true);
  });

  test('unfreezes one group more each epoch where asked to', async () => {
    const net = staged();
    const learning: string[][] = [];
    const callbacks: FineTuneOptions['callbacks'] = [
      ({ type }) => {
        if (type === 'step')
          learning.push([...new Set([...parameters(net)].filter(([, { trainable }]) => trainable).map(([name]) => topOf(name)))]);
      },
    ];
    await collect(fineTune(net, options({ gradual: true, frozenEpochs: 3, epochs: 1, callbacks })));
    expect(learning.filter((_, i) => i % 3 === 0)).toEqual([
      ['fc'],
      ['layer2', 'fc'],
      ['layer1', 'layer2', 'fc'],
      ['conv1', 'bn1', 'layer1', 'layer2', 'fc'],
    ]);
  });

  test('moves the first layers less than the last', async () => {
    const net = staged();
    const start = await stateDict(net);
    await collect(fineTune(net, options({ frozenEpochs: 0, weightDecay: 0 })));
    const end = await stateDict(net);
    const moved = (name: string) =>
      Math.max(...(end.get(name)?.data ?? []).map((v, i) => Math.abs(v - (start.get(name)?.data[i] as number))));
    // AdamW moves every weight by about its rate: 1, 1/4.6, 1/22, 1/100 of the head's.
    const [head, late, early, stem] = ['fc.weight', 'layer2.0.conv1.weight', 'layer1.0.conv1.weight', 'conv1.weight'].map(moved) as [
      number,
      number,
      number,
      number,
    ];
    expect(head / late).toBeGreaterThan(2);
    expect(late / early).toBeGreaterThan(2);
    expect(early / stem).toBeGreaterThan(2);
  });

  test('is two cycles, the second half as high', async () => {
    const events = await collect(fineTune(staged(), options({ frozenEpochs: 2, epochs: 3, learningRate: 0.01 })));
    const rates = events.filter((event): event is StepEvent => event.type === 'step').map(({ learningRate }) => learningRate);
    expect(rates).toHaveLength(15);
    // A step may lie beside the very peak.
    expect(Math.max(...rates.slice(0, 6)) / 0.01).toBeCloseTo(0.95, 1);
    expect(Math.max(...rates.slice(6)) / 0.005).toBeCloseTo(0.95, 1);
    expect(rates[6]).toBeCloseTo(0.001, 9);
    expect(rates[14]).toBeLessThan(1e-6);
  });

  test('resumes bit for bit, in the frozen epochs and after', async () => {
    const snapshots: Snapshot[] = [];
    const callbacks: FineTuneOptions['callbacks'] = [
      async (event, run) => {
        if (event.type === 'step') snapshots.push(await run.snapshot());
      },
    ];
    const net = staged();
    await collect(fineTune(net, options({ callbacks })));
    const expected = await stateDict(net);
    for (const at of [1, 2, 5]) {
      const again = staged();
      await collect(fineTune(again, options({ resume: snapshots[at] as Snapshot })));
      expect(await stateDict(again), `from step ${at + 1}`).toEqual(expected);
    }
  });

  test('no epochs at all are refused', async () => {
    await expect(collect(fineTune(staged(), options({ epochs: 0, frozenEpochs: 0 })))).rejects.toThrow(
      "'epochs' and 'frozenEpochs' must be whole numbers from 0, not both 0",
    );
  });
});
