import { useWasm } from '@resnetjs/backend-wasm';
import {
  ConfigError,
  dispose,
  initialize,
  loadStateDict,
  parameters,
  removeBlocks,
  removedBlocks,
  skipBlocks,
  stateDict,
} from '@resnetjs/core';
import { leakedTensors } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Backbone,
  cifarResnet,
  createModel,
  densenet,
  highwayNet,
  mlpResnet,
  preactivationResnet,
  replaceHead,
  resnet,
  resnetV2,
  wideResnet,
} from './index.ts';

beforeAll(async () => {
  await useWasm();
});

const SMALL = [2, 16, 16, 3] as const;
const FEW = { layers: [2, 1, 1, 1], classes: 4 } as const;

/** A network of each family that has blocks, one of its blocks that can go, and its input. */
const families: readonly [family: string, build: (config: object) => Backbone, block: string, input: readonly number[]][] = [
  ['cifarResnet', (more) => cifarResnet({ depth: 14, planes: [4, 8, 8], ...more }), 'layer2.1', SMALL],
  ['cifarResnet, SiLU', (more) => cifarResnet({ depth: 14, planes: [4, 8, 8], activation: 'silu', ...more }), 'layer1.0', SMALL],
  ['resnet', (more) => resnet({ block: 'basic', ...FEW, ...more }), 'layer1.1', [1, 32, 32, 3]],
  ['resnet, SE', (more) => resnet({ block: 'bottleneck', attention: 'se', ...FEW, ...more }), 'layer1.1', [1, 32, 32, 3]],
  ['resnetV2', (more) => resnetV2({ block: 'bottleneck', ...FEW, ...more }), 'stages.0.blocks.1', [1, 32, 32, 3]],
  ['preactivationResnet', (more) => preactivationResnet({ depth: 14, block: 'basic', ...more }), 'layer3.1', SMALL],
  ['wideResnet', (more) => wideResnet({ depth: 16, width: 1, ...more }), 'block2.layer.1', SMALL],
  ['mlpResnet', (more) => mlpResnet({ blocks: 3, channels: 6, features: 8, hidden: 4, ...more }), 'blocks.1', [2, 6]],
  ['highwayNet', (more) => highwayNet({ layers: [[4, 4, 4], [4], [4]], ...more }), 'layer1.1', SMALL],
];

describe.each(families)('of %s', (_, build, block, shape) => {
  test('a network without a block is the one that skips it, and keeps the other names', async () => {
    const leaked = await leakedTensors(async () => {
      const [whole, slim] = [build({}), build({ removedBlocks: [block] })];
      initialize(whole, { seed: 3 });
      const kept = [...parameters(whole).keys()].filter((name) => !name.startsWith(`${block}.`));
      expect([...parameters(slim).keys()]).toEqual(kept);
      expect(kept.length).toBeLessThan(parameters(whole).size);
      loadStateDict(slim, new Map([...(await stateDict(whole))].filter(([name]) => kept.includes(name))));
      skipBlocks(whole, block);
      const x = tf.randomNormal([...shape], 0, 1, 'float32', 5);
      const [skipped, removed] = [whole.forward(x, 'eval'), slim.forward(x, 'eval')];
      expect(removed.dataSync()).toEqual(skipped.dataSync());
      tf.dispose([x, skipped, removed]);
      dispose(whole);
      dispose(slim);
    });
    expect(leaked).toBe(0);
  });

  test('its config builds it again', () => {
    const slim = removeBlocks(build({}), [block]);
    expect(removedBlocks(slim)).toEqual([block]);
    expect(slim.config).toMatchObject({ removedBlocks: [block] });
    expect([...parameters(build(JSON.parse(JSON.stringify(slim.config)))).keys()]).toEqual([...parameters(slim).keys()]);
  });
});

test('a name and removedBlocks make a network, which takes another head and trains', () => {
  const model = replaceHead(createModel('resnet20_cifar', { removedBlocks: ['layer1.0', 'layer1.1', 'layer1.2'], seed: 1 }), {
    classes: 3,
  });
  expect(model.config).toMatchObject({ classes: 3, removedBlocks: ['layer1.0', 'layer1.1', 'layer1.2'] });
  const x = tf.ones([2, 32, 32, 3]);
  const stages = model.forwardStages(x, 'train'); // the first of which is nothing but its input now
  expect(stages.map((stage) => stage.shape[3])).toEqual([16, 32, 64]);
  tf.dispose([x, stages]);
  dispose(model);
});

test('blocks removed one after another are all in the config, in the order of the network', () => {
  const model = createModel('resnet20_cifar', { removedBlocks: ['layer3.1'] });
  expect(removeBlocks(removeBlocks(model, ['layer2.2']), ['layer1.1']).config).toMatchObject({
    removedBlocks: ['layer1.1', 'layer2.2', 'layer3.1'],
  });
});

describe('refused is', () => {
  const removable = /What can be removed is layer1\.0, layer1\.1, layer1\.2, layer2\.1, layer2\.2, layer3\.1, layer3\.2\./;
  test.each<[string, () => unknown, RegExp]>([
    ['an unknown block', () => createModel('resnet20_cifar', { removedBlocks: ['layer4.0'] }), /there is no block 'layer4\.0'/],
    ['a block that subsamples', () => createModel('resnet20_cifar', { removedBlocks: ['layer2.0'] }), /layer2\.0 .*\(it changes the size/],
    ['a projection', () => createModel('resnet20_cifar', { shortcut: 'C', removedBlocks: ['layer1.1'] }), /\(a projection\).*is nothing\./],
    ['one named twice', () => createModel('resnet20_cifar', { removedBlocks: ['layer1.1', 'layer1.1'] }), /layer1\.1 is named twice/],
    ['what is no list', () => createModel('resnet20_cifar', { removedBlocks: 'layer1.1' as never }), /must list names of blocks/],
    ['of a plain network', () => createModel('plain20_cifar', { removedBlocks: ['layer1.1'] }), /without a shortcut/],
    ['of a DenseNet', () => densenet({ layers: [2], growth: 4, stemChannels: 4, removedBlocks: ['x'] }), /can be removed is nothing/],
    [
      'the first block of a pre-activation network',
      () => createModel('preact_resnet110_cifar', { removedBlocks: ['layer1.0'] }),
      /layer1\.0 .*\(its norm stands before the shortcut too\)/,
    ],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(ConfigError);
    expect(build).toThrow(message);
  });
  test('with what there is', () => {
    expect(() => createModel('resnet20_cifar', { removedBlocks: ['layer4.0'] })).toThrow(removable);
  });
  test('with nothing removed', () => {
    const model = createModel('resnet20_cifar');
    const before = [...parameters(model).keys()];
    expect(() => removeBlocks(model, ['layer1.1', 'layer2.0'])).toThrow(ConfigError);
    expect([...parameters(model).keys()]).toEqual(before);
  });
});
