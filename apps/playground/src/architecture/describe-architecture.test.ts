import { summarize } from '@resnetjs/core';
import { createModel, modelInfo } from '@resnetjs/zoo';
import { describe, expect, test } from 'vitest';
import type { Architecture } from './architecture.ts';
import { describeArchitecture } from './describe-architecture.ts';
import { foldBlocks } from './fold-blocks.ts';

const shortcuts = ({ stages }: Architecture) =>
  Object.fromEntries(stages.map(({ name, blocks }) => [name, blocks.map(({ shortcut }) => shortcut)]));

describe.each([
  'resnet18',
  'resnet50',
  'resnet50d',
  'seresnet50',
  'skresnet18',
  'resnetblur50',
  'resnetv2_50',
  'resnet20_cifar',
  'plain20_cifar',
  'preact_resnet164_cifar',
  'wrn28_10_cifar',
  'densenet121',
  'densenet40_12_cifar',
  'highway19_cifar',
  'mlp_resnet10_cifar',
])('%s', (name) => {
  test('costs in its stages what its summary says in all, and every stage has the shape of its part', () => {
    const { inputSize } = modelInfo(name);
    const { rows, params, macs, activationBytes } = summarize(createModel(name), [1, inputSize, inputSize, 3]);
    const architecture = describeArchitecture(name);
    const { stages } = architecture;
    expect({ params: architecture.params, macs: architecture.macs, activationBytes: architecture.activationBytes }).toEqual({
      params,
      macs,
      activationBytes,
    });
    for (const stage of stages) {
      const row = rows.find((r) => r.name === stage.name);
      if (stage.name !== 'stem' && stage.name !== 'head') expect(stage.outputShape).toEqual(row?.outputShape);
      expect(stage.blocks.length).toBeGreaterThan(0);
    }
    expect(stages.at(-1)?.outputShape).toEqual(rows[0]?.outputShape);
  });
});

test('ResNet-18 projects where a stage halves the image, and else keeps its input as it is', () => {
  expect(shortcuts(describeArchitecture('resnet18'))).toEqual({
    stem: ['none', 'none'],
    layer1: ['identity', 'identity'],
    layer2: ['projection', 'identity'],
    layer3: ['projection', 'identity'],
    layer4: ['projection', 'identity'],
    head: ['none', 'none'],
  });
});

test('option A pads with zeros; a plain network has no shortcut at all', () => {
  expect(shortcuts(describeArchitecture('resnet20_cifar')).layer2).toEqual(['padded', 'identity', 'identity']);
  expect(shortcuts(describeArchitecture('plain20_cifar')).layer2).toEqual(['none', 'none', 'none']);
});

test('dense layers are concatenated, highway layers gated, a transition is neither', () => {
  expect(shortcuts(describeArchitecture('densenet121'))['features.denseblock2']).toEqual(['none', ...new Array(12).fill('concatenation')]);
  expect(shortcuts(describeArchitecture('highway32_cifar')).layer1).toEqual(new Array(9).fill('gate'));
});

test('blocks that repeat are folded, with their costs together', () => {
  const { stages, params } = describeArchitecture('resnet1202_cifar');
  const groups = stages.flatMap(({ blocks }) => foldBlocks(blocks));
  expect(groups.length).toBeLessThan(12);
  expect(groups.map(({ count }) => count).filter((count) => count > 1)).toEqual([200, 199, 199]);
  expect(groups.reduce((total, group) => total + group.params, 0)).toBe(params);
  const dense = describeArchitecture('densenet121').stages.map(({ blocks }) => foldBlocks(blocks).map(({ count }) => count));
  expect(dense).toContainEqual([1, 24]);
});

test('a block lists its layers in the order in which they run, and which are the shortcut’s', () => {
  const [, , layer2] = describeArchitecture('resnet18').stages;
  expect(layer2?.blocks[0]?.parts.map(({ name, kind, onShortcut }) => [name, kind, onShortcut])).toEqual([
    ['conv1', 'conv 3x3 /2', false],
    ['bn1', 'batch norm', false],
    ['', 'ReLU', false],
    ['conv2', 'conv 3x3', false],
    ['bn2', 'batch norm', false],
    ['downsample.0', 'conv 1x1 /2', true],
    ['downsample.1', 'batch norm', true],
    ['', 'sum with the shortcut, ReLU', false],
  ]);
});
