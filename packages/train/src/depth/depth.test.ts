import '@tensorflow/tfjs-backend-cpu';
import {
  basicBlock,
  conv2d,
  dispose,
  freeze,
  globalAveragePool,
  idleParameters,
  initialize,
  linear,
  type Module,
  module,
  parameters,
  preactivationBasic,
  type ResidualBlock,
  residualBlocks,
  type StateDict,
  sequential,
  stateDict,
  summarize,
} from '@resnetjs/core';
import { loader } from '@resnetjs/data';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FitEvent } from '../fit/events.ts';
import { fit } from '../fit/fit.ts';
import type { Snapshot } from '../fit/snapshot.ts';
import { gradients } from '../gradients.ts';
import { sgd } from '../optimizers/sgd.ts';
import { STRIPE_COLOURS, stripedImages } from '../test/striped-images.ts';
import { stripes } from '../test/tiny-net.ts';
import { trainStep } from '../train-step.ts';
import { dropBlocks, survival } from './drop-schedule.ts';
import { growDepth } from './grow-depth.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const BATCHWISE = { stochasticDepth: 0.5, stochasticDepthUnit: 'batch' } as const;

/** Two stages of blocks of 4 and 8 channels. */
function residualNet({ blocks = 2, channels = 1, options = {} }: { blocks?: number; channels?: number; options?: object } = {}): Module {
  const stage = (inChannels: number, planes: number) =>
    sequential(
      ...Array.from({ length: blocks }, (_, i) =>
        basicBlock(i === 0 ? inChannels : planes, planes, { stride: i === 0 && inChannels !== planes ? 2 : 1, ...options }),
      ),
    );
  const net = module(
    'residual net',
    { conv: conv2d(channels, 4, { kernel: 3 }), layer1: stage(4, 4), layer2: stage(4, 8), fc: linear(8, 3) },
    (m, x, mode) => m.fc.forward(globalAveragePool(m.layer2.forward(m.layer1.forward(m.conv.forward(x, mode), mode), mode)), mode),
  );
  initialize(net, { seed: 1 });
  return net;
}

const changed = (before: StateDict, after: StateDict): Set<string> =>
  new Set([...before].filter(([name, { data }]) => data.some((value, i) => value !== after.get(name)?.data[i])).map(([name]) => name));

describe('the residual of a whole batch, dropped:', () => {
  const trainedNames = (model: Module) => [...parameters(model)].filter(([, { role }]) => role !== 'buffer').map(([name]) => name);

  test('neither momentum, weight decay nor statistics move what a step did not reach', async () => {
    const model = residualNet({ options: BATCHWISE });
    const optimizer = sgd(model, { momentum: 0.9, weightDecay: 0.1 });
    const before = await stateDict(model);
    await trainStep(model, stripes(6), { optimizer, learningRate: 0.1, seed: 3 });
    const moved = changed(before, await stateDict(model));
    const still = trainedNames(model).filter((name) => !moved.has(name));
    expect(still.length).toBeGreaterThan(0);
    // Whole residuals, never a part of one.
    const blocks = [...residualBlocks(model).keys()].filter((name) => still.includes(`${name}.conv1.weight`));
    const inside = (name: string) => blocks.some((block) => name.startsWith(`${block}.`) && !name.startsWith(`${block}.downsample.`));
    expect(still).toEqual(trainedNames(model).filter(inside));
    expect([...moved].filter(inside)).toEqual([]); // running statistics neither
    const kept = await optimizer.stateDict();
    expect([...kept.keys()].filter((name) => inside(name.replace('momentum_buffer.', '')))).toEqual([]);
    expect(kept.has('momentum_buffer.fc.weight')).toBe(true);
    dispose(model);
  });

  test('of several batches in a step, each reaches its own residuals, and all of them move', async () => {
    const model = residualNet({ options: BATCHWISE });
    const batches = Array.from({ length: 6 }, (_, seed) => stripes(3, { seed }));
    const before = await stateDict(model);
    const tensors = tf.memory().numTensors;
    await trainStep(model, batches, { optimizer: sgd(model), learningRate: 0.1, seed: 5 });
    expect(tf.memory().numTensors).toBe(tensors);
    const moved = changed(before, await stateDict(model));
    expect(trainedNames(model).filter((name) => !moved.has(name))).toEqual([]);
    dispose(model);
  });

  test('recomputed blocks have the gradients of plain ones, and none where there are none', async () => {
    const [plain, again] = [residualNet({ options: BATCHWISE }), residualNet({ options: BATCHWISE })];
    for (const block of residualBlocks(again).values()) block.recomputed = true;
    const x = tf.randomNormal<tf.Rank.R4>([4, 6, 6, 1], 0, 1, 'float32', 2);
    for (const seed of [1, 2, 3]) {
      const [a, b] = [plain, again].map((net) => gradients(net, x, [0, 1, 2, 0], { seed })) as [
        ReturnType<typeof gradients>,
        ReturnType<typeof gradients>,
      ];
      expect([...b.grads.keys()]).toEqual([...a.grads.keys()]);
      for (const [name, gradient] of a.grads) expect(b.grads.get(name)?.dataSync(), name).toEqual(gradient.dataSync());
      tf.dispose([...a.grads.values(), ...b.grads.values(), a.loss, b.loss]);
    }
    for (const net of [plain, again]) dispose(net);
    x.dispose();
  });
});

describe('survival', () => {
  test('goes from its first to its last probability, and falls linearly with depth', () => {
    const schedule = survival({ from: 0.2, to: 1, steps: 100 });
    const rates = (step: number) => [0, 1, 2, 3].map((block) => schedule(step, { block, blocks: 4 }));
    const close = (...values: number[]) => values.map((value) => expect.closeTo(value, 12));
    expect(rates(0)).toEqual(close(0.2, 0.4, 0.6, 0.8));
    expect(rates(50)).toEqual(close(0.1, 0.2, 0.3, 0.4));
    expect(rates(100)).toEqual([0, 0, 0, 0]);
    expect(rates(1000)).toEqual([0, 0, 0, 0]);
  });

  test.each([
    [{ from: -0.1, to: 1, steps: 10 }, "'from' must be a probability from 0 to 1 but is -0.1"],
    [{ from: 0.5, to: Number.NaN, steps: 10 }, "'to' must be a probability from 0 to 1 but is NaN"],
    [{ from: 0.5, to: 1, steps: 0 }, "'steps' must be at least 1 but is 0"],
  ])('%j is refused', (options, message) => {
    expect(() => survival(options)).toThrow(message);
  });

  test('a model without stochastic depth is refused with what to do', () => {
    const model = residualNet();
    expect(() => dropBlocks(model, () => 0.5)).toThrow(/no block of the model drops its residual.*stochasticDepthUnit: 'batch'/);
    dispose(model);
  });
});

const striped = stripedImages(12);
const data = () => loader(striped, { batchSize: 4, shuffle: true, seed: 3, normalization: STRIPE_COLOURS });

async function* until(events: AsyncIterable<FitEvent>, step: number): AsyncGenerator<FitEvent> {
  for await (const event of events) {
    yield event;
    if (event.type === 'step' && event.step === step) return;
  }
}
const runOut = async (events: AsyncIterable<FitEvent>) => {
  const all: FitEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
};

/** A training of four epochs of three steps whose depth is set by a callback. */
function training(kind: 'dropped' | 'grown', resume?: Snapshot) {
  const model = residualNet({ channels: 3, blocks: 3, options: kind === 'dropped' ? BATCHWISE : {} });
  const optimizer = sgd(model, { momentum: 0.9, weightDecay: 1e-3 });
  const depth = kind === 'dropped' ? dropBlocks(model, survival({ from: 0.2, to: 1, steps: 10 })) : growDepth(model, { at: [1, 2] });
  let kept: Snapshot | undefined;
  const events = fit(model, {
    train: data(),
    epochs: 4,
    optimizer,
    schedule: 0.05,
    seed: 1,
    callbacks: [
      depth,
      async (event, run) => {
        if (event.type === 'step' && event.step === 5) kept = await run.snapshot();
      },
    ],
    ...(resume && { resume }),
  });
  return { model, events, snapshot: () => kept as Snapshot };
}

test.each(['dropped', 'grown'] as const)(
  'a %s training that is resumed in an epoch equals one that was not stopped, bit for bit',
  async (kind) => {
    const whole = training(kind);
    await runOut(whole.events);
    const first = training(kind);
    await runOut(until(first.events, 5));
    const second = training(kind, first.snapshot());
    await runOut(second.events);
    const [expected, actual] = [await stateDict(whole.model), await stateDict(second.model)];
    for (const [name, { data }] of expected) expect(actual.get(name)?.data, name).toEqual(data);
    for (const { model } of [whole, first, second]) dispose(model);
  },
);

describe('growDepth', () => {
  const present = (model: Module) => [...residualBlocks(model)].filter(([, { skipped }]) => !skipped).map(([name]) => name);

  test('begins with one block a stage, and is whole after the last of its epochs', async () => {
    const { model, events } = training('grown');
    const seen: string[][] = [];
    const macs: number[] = [];
    for await (const event of events)
      if (event.type === 'start' || event.type === 'epoch') {
        seen.push(present(model));
        macs.push(summarize(model, [1, 6, 6, 3]).macs);
      }
    expect(seen).toEqual([
      ['layer1.0', 'layer2.0'],
      ['layer1.0', 'layer1.1', 'layer2.0', 'layer2.1'],
      ['layer1.0', 'layer1.1', 'layer1.2', 'layer2.0', 'layer2.1', 'layer2.2'],
      ['layer1.0', 'layer1.1', 'layer1.2', 'layer2.0', 'layer2.1', 'layer2.2'],
      ['layer1.0', 'layer1.1', 'layer1.2', 'layer2.0', 'layer2.1', 'layer2.2'],
    ]);
    expect(macs[0]).toBeLessThan((macs[2] as number) / 2);
    dispose(model);
  });

  test.each<[string, (options: object) => ResidualBlock]>([
    ['with norms after its convolutions', () => basicBlock(4, 4)],
    ['with attention', () => basicBlock(4, 4, { attention: 'se' })],
    ['of pre-activation', () => preactivationBasic({ inChannels: 4, planes: 4, outChannels: 4 })],
  ])('a block %s changes nothing when it is added', (_, make) => {
    const model = sequential(sequential(make({}), make({})));
    initialize(model, { seed: 1 });
    growDepth(model, { at: [1] });
    const x = tf.relu(tf.randomNormal([2, 6, 6, 4], 0, 1, 'float32', 1));
    const without = model.forward(x, 'eval').dataSync();
    const added = residualBlocks(model).get('0.1') as ResidualBlock;
    expect(added.skipped).toBe(true);
    added.skipped = false;
    expect(model.forward(x, 'eval').dataSync()).toEqual(without);
    dispose(model);
  });

  test('keeps the state dict of the whole network', async () => {
    const [plain, grown] = [residualNet(), residualNet()];
    growDepth(grown, { at: [3] });
    expect([...(await stateDict(grown)).keys()]).toEqual([...(await stateDict(plain)).keys()]);
    expect(idleParameters(grown, 'train').has('layer1.1.conv1.weight')).toBe(true);
    for (const net of [plain, grown]) dispose(net);
  });

  test.each([[[]], [[0]], [[2, 2]], [[1.5]]])('epochs %j are refused', (at) => {
    const model = residualNet();
    expect(() => growDepth(model, { at })).toThrow("'at' must list rising epochs from 1");
    dispose(model);
  });

  test('a network with one block a stage is refused', () => {
    const model = residualNet({ blocks: 1 });
    expect(() => growDepth(model, { at: [1] })).toThrow('no stage of the model has a second block');
    dispose(model);
  });
});

test('below the first parameter that is trained no gradient is computed', async () => {
  const model = residualNet();
  const x = tf.randomNormal<tf.Rank.R4>([2, 6, 6, 1], 0, 1, 'float32', 1);
  /** Every convolution's gradients are convolutions, too, on a backend without kernels of ours. */
  const convolutions = async (run: () => void) => (await tf.profile(run)).kernels.filter(({ name }) => name === 'Conv2D').length;
  const forward = await convolutions(() => model.forward(x, 'train').dispose());
  freeze(model, ['conv', 'layer1', 'layer2.0']);
  const both = await convolutions(() => {
    const { loss, grads } = gradients(model, x, [0, 1]);
    expect([...grads.keys()].every((name) => name.startsWith('layer2.1.') || name.startsWith('fc.'))).toBe(true);
    tf.dispose([loss, ...grads.values()]);
  });
  // The filters of the last block's two convolutions, and the image between them.
  expect(both).toBe(forward + 3);
  dispose(model);
  x.dispose();
});
