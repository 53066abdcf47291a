import '@tensorflow/tfjs-backend-cpu';
import { relativeError } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../errors.ts';
import { registerGradients } from '../gradients/register.ts';
import { initialize } from '../initialize.ts';
import type { Module } from '../module.ts';
import { parameters } from '../named-modules.ts';
import { sequential } from '../sequential.ts';
import { stateDict } from '../state-dict.ts';
import { summarize } from '../summarize.ts';
import { basicBlock } from './basic.ts';
import { bottleneck } from './bottleneck.ts';
import { denseResidualBlock } from './dense-residual.ts';
import { highwayBlock } from './highway.ts';
import { preactivationBasic, preactivationBottleneck } from './preactivation.ts';
import { idleParameters, type ResidualBlock, residualBlocks, skipBlocks } from './residual-block.ts';
import { selectiveBasicBlock, selectiveBottleneck } from './selective.ts';
import { identity, projection } from './shortcut.ts';

registerGradients();

const size = { inChannels: 8, planes: 8, outChannels: 8 };
const image = tf.randomNormal([2, 4, 4, 8], 0, 1, 'float32', 1);

const sameSize: Record<string, () => ResidualBlock> = {
  basicBlock: () => basicBlock(8, 8),
  'basicBlock, gelu': () => basicBlock(8, 8, { activation: 'gelu' }),
  'basicBlock, plain': () => basicBlock(8, 8, { shortcut: 'none' }),
  bottleneck: () => bottleneck(8, 2),
  selectiveBasicBlock: () => selectiveBasicBlock(8, 8, {}, {}),
  selectiveBottleneck: () => selectiveBottleneck(8, 2, {}, {}),
  preactivationBasic: () => preactivationBasic(size),
  preactivationBottleneck: () => preactivationBottleneck({ ...size, planes: 2 }),
  highwayBlock: () => highwayBlock(8),
};

const built = (block: ResidualBlock): ResidualBlock => {
  initialize(block, { seed: 1 });
  return block;
};

test.each(Object.entries(sameSize))(
  '%s of one size, skipped, passes its input on, costs nothing and keeps its state dict',
  async (_, make) => {
    const block = built(make());
    const before = [...(await stateDict(block)).keys()];
    block.skipped = true;
    for (const mode of ['eval', { seed: 1 }] as const) {
      const y = block.forward(image, mode);
      expect(y.dataSync()).toEqual(image.dataSync());
      y.dispose();
    }
    expect(image.isDisposed).toBe(false);
    expect(summarize(block, [1, 4, 4, 8]).macs).toBe(0);
    expect([...(await stateDict(block)).keys()]).toEqual(before);
  },
);

test('a block for feature vectors too', () => {
  const block = built(denseResidualBlock(6));
  block.skipped = true;
  const x = tf.randomNormal([2, 6], 0, 1, 'float32', 1);
  expect(block.forward(x, 'eval').dataSync()).toEqual(x.dataSync());
});

test('a skipped block with a projection is its projection and the activation', () => {
  const block = built(basicBlock(8, 16, { stride: 2 })) as ResidualBlock & { downsample: Module };
  block.skipped = true;
  expect(block.forward(image, 'eval').dataSync()).toEqual(tf.relu(block.downsample.forward(image, 'eval')).dataSync());
  expect(block.blockShortcut).toEqual({ kind: 'projection', resizes: true, parts: ['downsample'] });
});

test('a skipped block of option A is its input, subsampled and padded', () => {
  const block = built(basicBlock(8, 16, { stride: 2, shortcut: 'A' }));
  block.skipped = true;
  expect(block.forward(image, 'eval').dataSync()).toEqual(
    tf.relu(identity(image, { inChannels: 8, outChannels: 16, stride: 2 })).dataSync(),
  );
});

test('a skipped pre-activation block with a projection projects its activated input', () => {
  const made = projection('B', { inChannels: 8, outChannels: 16, stride: 2 }) as Module;
  const block = built(preactivationBasic({ inChannels: 8, planes: 16, outChannels: 16 }, { stride: 2, projection: { downsample: made } }));
  block.skipped = true;
  const { bn1 } = block as unknown as { bn1: Module };
  expect(block.forward(image, 'eval').dataSync()).toEqual(made.forward(tf.relu(bn1.forward(image, 'eval')), 'eval').dataSync());
  expect(block.blockShortcut.parts).toEqual(['bn1', 'downsample']);
});

describe('the residual of a whole batch is dropped:', () => {
  const droppable: Record<string, (rate: number) => ResidualBlock> = {
    basicBlock: (rate) => basicBlock(8, 8, { stochasticDepth: rate, stochasticDepthUnit: 'batch' }),
    'with a projection': (rate) => bottleneck(8, 4, { stride: 2, stochasticDepth: rate, stochasticDepthUnit: 'batch' }),
    preactivationBasic: (rate) => preactivationBasic(size, { stochasticDepth: rate, stochasticDepthUnit: 'batch' }),
  };
  const drawing = (make: (rate: number) => ResidualBlock, outcome: 'kept' | 'dropped') => {
    const block = built(make(0.5));
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    const seed = seeds.find((s) => idleParameters(block, { seed: s }).size > 0 === (outcome === 'dropped')) as number;
    return { block, mode: { seed } };
  };
  const gradientsOf = (block: ResidualBlock, mode: { seed: number }) => {
    const trained = [...parameters(block)].filter(([, { trainable }]) => trainable);
    const { grads } = tf.engine().gradients(
      () => tf.sum(block.forward(image, mode)),
      trained.map(([, { variable }]) => variable),
      undefined,
      true,
    );
    return new Map(trained.map(([name], i) => [name, grads[i] as tf.Tensor | undefined]));
  };

  test.each(Object.entries(droppable))('%s then gives what it gives with F(x) = 0', (_, make) => {
    const { block, mode } = drawing(make, 'dropped');
    const zeroed = built(make(0));
    for (const [name, { variable }] of parameters(zeroed)) if (/^(bn2|bn3|conv2)\./.test(name)) variable.assign(tf.zerosLike(variable));
    expect(block.forward(image, mode).dataSync()).toEqual(zeroed.forward(image, 'train').dataSync());
  });

  test.each(Object.entries(droppable))('%s: exactly the idle parameters have no gradient, and statistics stay', async (_, make) => {
    const { block, mode } = drawing(make, 'dropped');
    const before = await stateDict(block);
    const idle = idleParameters(block, mode);
    for (const [name, gradient] of gradientsOf(block, mode)) expect([name, gradient === undefined]).toEqual([name, idle.has(name)]);
    const after = await stateDict(block);
    for (const name of idle) expect(after.get(name)).toEqual(before.get(name));
  });

  test.each(Object.entries(droppable))('%s, kept, has a gradient for everything in it', (_, make) => {
    const { block, mode } = drawing(make, 'kept');
    expect(idleParameters(block, mode)).toEqual(new Set());
    expect([...gradientsOf(block, mode).values()].every((gradient) => gradient !== undefined)).toBe(true);
  });

  test('what is kept is scaled by 1/(1 - rate)', () => {
    const { block, mode } = drawing(droppable.preactivationBasic as (rate: number) => ResidualBlock, 'kept');
    const never = built(preactivationBasic(size));
    const residual = tf.sub(never.forward(image, 'train'), image);
    const scaled = tf.sub(block.forward(image, mode), image);
    expect(relativeError(scaled.dataSync(), tf.mul(residual, 2).dataSync())).toBeLessThan(1e-6);
  });

  test('what is kept is scaled on its way into the sum, to the last bit as by a pass of its own', () => {
    const { block, mode } = drawing(droppable.basicBlock as (rate: number) => ResidualBlock, 'kept');
    const { conv1, bn1, conv2, bn2 } = built(basicBlock(8, 8)) as unknown as Record<string, Module>;
    const run = (part: Module | undefined, x: tf.Tensor) => (part as Module).forward(x, 'train');
    const plain = (x: tf.Tensor) => {
      const h = run(bn2, run(conv2, tf.relu(run(bn1, run(conv1, x)))));
      return tf.relu(tf.add(tf.mul(h, 2), x));
    };
    const weights = tf.randomNormal(image.shape, 0, 1, 'float32', 8);
    const both = [plain, (x: tf.Tensor) => block.forward(x, mode)].map((f) => {
      const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => tf.sum(tf.mul(f(x), weights)))(image);
      return [f(image), value, grad].map((t) => t.dataSync());
    });
    expect(both[1]).toEqual(both[0]);
  });

  test('in eval nothing is dropped', () => {
    const make = (rate: number) => built(basicBlock(8, 8, { stochasticDepth: rate, stochasticDepthUnit: 'batch' }));
    const [block, never] = [make(0.9), make(0)];
    expect(block.forward(image, 'eval').dataSync()).toEqual(never.forward(image, 'eval').dataSync());
  });

  test('about its rate of steps drop a block, and other blocks drop in other steps', () => {
    const options = { stochasticDepth: 0.3, stochasticDepthUnit: 'batch' } as const;
    const net = sequential(basicBlock(8, 8, options), basicBlock(8, 8, options));
    const steps = Array.from({ length: 2000 }, (_, seed) =>
      [...idleParameters(net, { seed })].filter((name) => name.endsWith('conv1.weight')),
    );
    const count = (which: string) => steps.filter((idle) => idle.includes(`${which}.conv1.weight`)).length / 2000;
    // Binomial: 3.5 standard deviations of 2,000 draws are 0.036.
    for (const which of ['0', '1']) expect(Math.abs(count(which) - 0.3)).toBeLessThan(0.036);
    expect(Math.abs(steps.filter((idle) => idle.length === 2).length / 2000 - 0.09)).toBeLessThan(0.023);
  });
});

describe('skipBlocks', () => {
  const network = () => sequential(basicBlock(8, 8), sequential(basicBlock(8, 8), basicBlock(8, 16, { stride: 2 })));

  test('sets blocks by name, pattern or the part they are in, and takes them in again', () => {
    const model = network();
    const skipped = () => [...residualBlocks(model)].filter(([, block]) => block.skipped).map(([name]) => name);
    skipBlocks(model, '1');
    expect(skipped()).toEqual(['1.0', '1.1']);
    skipBlocks(model, ['1.1', '0'], false);
    expect(skipped()).toEqual(['1.0']);
  });

  test('names what is no block, and what there is', () => {
    expect(() => skipBlocks(network(), ['0', '0.conv1', 'layer9'])).toThrow(
      'the model has no block 0.conv1, layer9. Its blocks are 0, 1.0, 1.1.',
    );
  });

  test('refuses a plain block that changes the size of the image', () => {
    const model = sequential(basicBlock(8, 8, { shortcut: 'none' }), basicBlock(8, 16, { stride: 2, shortcut: 'none' }));
    expect(() => skipBlocks(model, '*')).toThrow(ConfigError);
    expect(() => skipBlocks(model, '*')).toThrow('1 cannot be left out');
    expect([...residualBlocks(model).values()].map((block) => block.skipped)).toEqual([false, false]);
  });
});
