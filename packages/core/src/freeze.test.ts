import { describe, expect, test } from 'vitest';
import {
  basicBlock,
  conv2d,
  freeze,
  globalAveragePool,
  linear,
  module,
  parameterGroups,
  parameters,
  sequential,
  unfreeze,
} from './index.ts';

const tiny = () =>
  module(
    'tiny',
    { conv1: conv2d(3, 4, { kernel: 3 }), layer1: sequential(basicBlock(4, 4)), layer10: sequential(basicBlock(4, 4)), fc: linear(4, 3) },
    (m, x, mode) => m.fc.forward(globalAveragePool(m.layer1.forward(m.conv1.forward(x, mode), mode)), mode),
  );
const trained = (model: ReturnType<typeof tiny>) => [...parameters(model)].filter(([, p]) => p.trainable).map(([name]) => name);

describe('freezing', () => {
  test('a part is frozen with all that is in it, and nothing of a longer name', () => {
    const model = tiny();
    freeze(model, 'layer1');
    expect(trained(model).filter((name) => name.startsWith('layer1.'))).toEqual([]);
    expect(trained(model).filter((name) => name.startsWith('layer10.'))).toHaveLength(6);
  });

  test('everything is frozen by default, and a stage or a single parameter thawed', () => {
    const model = tiny();
    freeze(model);
    unfreeze(model, ['fc', 'conv1.weight']);
    expect(trained(model)).toEqual(['conv1.weight', 'fc.weight', 'fc.bias']);
  });

  test('a star stands for any characters', () => {
    const model = tiny();
    freeze(model, ['*.bn*', 'fc.b*']);
    expect(trained(model)).toEqual([
      'conv1.weight',
      'layer1.0.conv1.weight',
      'layer1.0.conv2.weight',
      'layer10.0.conv1.weight',
      'layer10.0.conv2.weight',
      'fc.weight',
    ]);
  });

  test('running statistics are never trained', () => {
    const model = tiny();
    unfreeze(model);
    expect(trained(model).filter((name) => name.includes('running'))).toEqual([]);
  });

  test('names that mean nothing are listed with what there is', () => {
    expect(() => freeze(tiny(), ['layer2', 'fc', 'head'])).toThrow(
      "freeze: nothing is called 'layer2', 'head'. The model has conv1, layer1, layer10, fc, and parts in them.",
    );
  });
});

describe('parameter groups', () => {
  test('norms and biases are spared from decay', () => {
    const [weights, rest, ...others] = parameterGroups(tiny(), { weightDecay: 0.05 });
    expect(others).toEqual([]);
    expect(weights).toMatchObject({ weightDecay: 0.05, rateScale: 1 });
    expect(weights?.names).toEqual([...parameters(tiny())].filter(([, { role }]) => role === 'weight').map(([name]) => name));
    expect(rest).toMatchObject({ weightDecay: 0, rateScale: 1 });
    expect(rest?.names.every((name) => /bn\d\.|bias$/.test(name))).toBe(true);
  });

  test('every parameter but the buffers is in one group, each with its rate; the last name that means it decides', () => {
    const groups = parameterGroups(tiny(), { rates: { '*': 0.1, layer10: 0.5, fc: 1, 'fc.bias': 2 } });
    const rateOf = new Map(groups.flatMap(({ names, rateScale }) => names.map((name) => [name, rateScale] as const)));
    expect([...rateOf.keys()].sort()).toEqual(
      [...parameters(tiny())]
        .filter(([, p]) => p.trainable)
        .map(([name]) => name)
        .sort(),
    );
    expect(['conv1.weight', 'layer1.0.bn1.weight', 'layer10.0.conv1.weight', 'fc.weight', 'fc.bias'].map((n) => rateOf.get(n))).toEqual([
      0.1, 0.1, 0.5, 1, 2,
    ]);
  });

  test('names that mean nothing and numbers below 0 are refused', () => {
    expect(() => parameterGroups(tiny(), { rates: { layer2: 0.1 } })).toThrow("parameterGroups: nothing is called 'layer2'");
    expect(() => parameterGroups(tiny(), { weightDecay: -1, rates: { fc: Number.NaN } })).toThrow("'weightDecay' is -1, 'fc' is NaN");
  });
});
