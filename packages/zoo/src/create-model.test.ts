import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, parameters, stateDict } from '@resnetjs/core';
import { leakedTensors } from '@resnetjs/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { createModel, listModels, type ModelOptions, modelInfo } from './index.ts';

beforeAll(async () => {
  await useWasm();
});

describe('names', () => {
  test('are found with stars for any characters', () => {
    expect(listModels('resnet*d')).toContain('resnet50d');
    expect(listModels('resnet*d')).not.toContain('resnet50');
    expect(listModels('seresnext*')).toContain('seresnext26t_32x4d');
    expect(listModels('*_cifar')).toContain('plain20_cifar');
    expect(listModels('resnet.8')).toEqual([]);
  });

  test('are there once each', () => {
    const names = listModels();
    expect(new Set(names).size).toBe(names.length);
  });

  test('that are unknown are answered with the nearest', () => {
    expect(() => createModel('resnet5O')).toThrow("There is no model 'resnet5O'. Did you mean 'resnet50'?");
    expect(() => modelInfo('resnext50')).toThrow("Did you mean 'resnet50'?");
    expect(() => createModel('toString')).toThrow("There is no model 'toString'");
  });
});

describe('options', () => {
  test('of one family are refused by another, with what it takes', () => {
    const config = JSON.parse('{ "outputStride": 16, "depth": 50 }') as ModelOptions;
    expect(() => createModel('densenet121', config)).toThrow(
      /densenet121 has no option 'outputStride', 'depth'\. It takes classes, channels, /,
    );
  });

  test('that are impossible are refused with what was expected', () => {
    expect(() => createModel('resnet50', { outputStride: 7 as 8 })).toThrow("'outputStride' must be 8 or 16 or 32 but is 7");
    expect(() => createModel('resnet20_cifar', { classes: -1 })).toThrow("'classes' must be a whole number from 1 but is -1");
    expect(() => createModel('resnet20_cifar', { shortcut: 'E' as 'A' })).toThrow(`'shortcut' must be "A" or "B"`);
  });

  test('that are undefined are not given', () => {
    expect(createModel('resnet18', { classes: undefined, outputStride: undefined }).config).toEqual({
      block: 'basic',
      layers: [2, 2, 2, 2],
    });
  });

  test('travel in the config, as plain JSON', () => {
    const { config } = createModel('resnet26t', { classes: 5, dropRate: 0.2, stochasticDepth: 0.1, zeroInitResidual: true });
    expect(JSON.parse(JSON.stringify(config))).toEqual({
      block: 'bottleneck',
      layers: [2, 2, 2, 2],
      stem: 'tiered',
      shortcut: 'D',
      classes: 5,
      dropRate: 0.2,
      stochasticDepth: 0.1,
      zeroInitResidual: true,
    });
  });

  test('a seed gives values that repeat; without one the model takes no memory', async () => {
    expect(await leakedTensors(() => createModel('resnet20_cifar'))).toBe(0);
    const [a, b] = [createModel('resnet20_cifar', { seed: 4 }), createModel('resnet20_cifar', { seed: 4 })];
    expect(await stateDict(a)).toEqual(await stateDict(b));
    dispose(a);
    dispose(b);
  });

  test('other channels and classes change the first and the last layer alone', () => {
    const shapes = (options: ModelOptions) =>
      new Map([...parameters(createModel('resnet50d', options))].map(([name, { shape }]) => [name, shape.join()]));
    const [usual, other] = [shapes({}), shapes({ classes: 7, channels: 5 })];
    const changed = [...usual].filter(([name, shape]) => other.get(name) !== shape).map(([name]) => name);
    expect(changed).toEqual(['conv1.0.weight', 'fc.weight', 'fc.bias']);
  });
});

describe('what is known of a model', () => {
  test('is counted, and quoted with its source', () => {
    expect(modelInfo('resnet50')).toEqual({
      name: 'resnet50',
      inputSize: 224,
      classes: 1000,
      params: 25_557_032,
      macs: 4_089_184_256,
      paper: 'https://arxiv.org/abs/1512.03385',
      accuracy: { top1: 76.13, source: 'torchvision IMAGENET1K_V1, single crop of 224' },
    });
  });

  test('has the size and the paper of the variant, not of the family alone', () => {
    expect(modelInfo('resnet26t')).toMatchObject({ inputSize: 256, paper: 'https://arxiv.org/abs/1812.01187' });
    expect(modelInfo('seresnet50').paper).toBe('https://arxiv.org/abs/1709.01507');
  });

  test('has no accuracy where none was published', () => {
    expect(modelInfo('resnetblur18')).not.toHaveProperty('accuracy');
  });
});
