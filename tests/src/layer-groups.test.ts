import { parameters } from '@resnetjs/core';
import { layerGroups } from '@resnetjs/train';
import { createModel, listModels } from '@resnetjs/zoo';
import { describe, expect, test } from 'vitest';

describe('the groups in which fine-tuning unfreezes a network', () => {
  test.each([
    ['resnet50', ['stem', 'layer1', 'layer2', 'layer3', 'layer4', 'fc']],
    ['resnet20_cifar', ['stem', 'layer1', 'layer2', 'layer3', 'fc']],
    ['densenet121', ['stem', 'features.denseblock1', 'features.denseblock2', 'features.denseblock3', 'features.denseblock4', 'classifier']],
  ])('of %s are its stages', (name, groups) => {
    expect(layerGroups(createModel(name)).map((group) => group.name)).toEqual(groups);
  });

  test.each(listModels())('of %s are several, end with a small head, and have every parameter once', (name) => {
    const model = createModel(name);
    const trained = [...parameters(model)].filter(([, { role }]) => role !== 'buffer');
    const groups = layerGroups(model);
    expect(groups.length).toBeGreaterThan(1);
    expect(groups.flatMap(({ names }) => names).sort()).toEqual(trained.map(([key]) => key).sort());
    const head = new Set(groups.at(-1)?.names);
    const size = (own: typeof trained) => own.reduce((sum, [, parameter]) => sum + parameter.size, 0);
    expect(size(trained.filter(([key]) => head.has(key)))).toBeLessThan(size(trained) / 2);
  });
});
