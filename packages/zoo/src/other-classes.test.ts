import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, initialize, layerGroups, loadStateDict, parameterGroups, parameters, type StateDict, stateDict } from '@resnetjs/core';
import { leakedTensors, relativeError } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { adaptStateDict, type Backbone, cifarResnet, createModel, densenet, layerwiseRates, replaceHead, resnetV2 } from './index.ts';

beforeAll(async () => {
  await useWasm();
});

/** To the last bit; comparing millions of numbers one by one takes minutes. */
const sameNumbers = (a: Float32Array, b: Float32Array = new Float32Array()): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

let pretrained: StateDict;
beforeAll(async () => {
  const model = createModel('resnet10t', { seed: 5, classes: 7 });
  pretrained = await stateDict(model);
  dispose(model);
});

describe('pretrained weights in a network of other classes or channels', () => {
  test('everything but the head is kept where the classes differ', async () => {
    const model = createModel('resnet10t', { classes: 3, seed: 1 });
    const fresh = await stateDict(model);
    const { dict, adapted, left } = adaptStateDict(model, pretrained);
    expect([adapted, left]).toEqual([[], ['fc.weight', 'fc.bias']]);
    expect(loadStateDict(model, dict, { strict: false })).toEqual({ missing: ['fc.weight', 'fc.bias'], unexpected: [], misshapen: [] });
    for (const [name, { data }] of await stateDict(model))
      expect(sameNumbers(data, (name.startsWith('fc.') ? fresh : pretrained).get(name)?.data), name).toBe(true);
    dispose(model);
  });

  // Of 4 or 5 channels some come once more than others, in timm too: only one, and multiples of three, are exact.
  test.each([1, 6])('a grey image gives in %i channels what it gave in three', async (channels) => {
    const [three, other] = [createModel('resnet10t', { classes: 7 }), createModel('resnet10t', { classes: 7, channels })];
    loadStateDict(three, pretrained);
    const { dict, adapted, left } = adaptStateDict(other, pretrained);
    expect([adapted, left]).toEqual([['conv1.0.weight'], []]);
    loadStateDict(other, dict);
    const grey = tf.randomUniform([1, 64, 64, 1], -1, 1, 'float32', 2);
    const [expected, actual] = tf.tidy((): [tf.Tensor, tf.Tensor] => [
      three.forward(tf.tile(grey, [1, 1, 1, 3]), 'eval'),
      other.forward(tf.tile(grey, [1, 1, 1, channels]), 'eval'),
    ]);
    // float32 sums in another order, through ten layers
    expect(relativeError(await actual.data(), await expected.data())).toBeLessThan(1e-5);
    tf.dispose([grey, expected, actual]);
    dispose(three);
    dispose(other);
  });

  test('the filter is summed to one channel, and repeated and rescaled to five, as timm does', () => {
    const dict = new Map(pretrained);
    const { shape } = dict.get('conv1.0.weight') as { shape: number[] };
    // Channel c of every filter holds c + 1.
    const data = Float32Array.from({ length: 24 * 3 * 9 }, (_, i) => (Math.floor(i / 9) % 3) + 1);
    dict.set('conv1.0.weight', { shape, data });
    const firstFilter = (channels: number) => {
      const adapted = adaptStateDict(createModel('resnet10t', { classes: 7, channels }), dict).dict.get('conv1.0.weight');
      expect(adapted?.shape).toEqual([24, channels, 3, 3]);
      return Array.from({ length: channels }, (_, c) => adapted?.data[c * 9] as number);
    };
    expect(firstFilter(1)).toEqual([6]);
    expect(firstFilter(5).map((v) => Number(v.toFixed(6)))).toEqual([0.6, 1.2, 1.8, 0.6, 1.2]);
  });

  test('weights of another network are refused with what differs first', () => {
    expect(() => adaptStateDict(createModel('resnet14t'), pretrained)).toThrow(
      /no weights of this network.*layer1\.0\.conv1\.weight: expected \[64,64,1,1\] but received \[64,64,3,3\].*and \d+ more/,
    );
  });
});

describe('a new head', () => {
  const networks: [string, (classes: number) => Backbone][] = [
    ['fc', (classes) => cifarResnet({ depth: 8, classes })],
    ['classifier', (classes) => densenet({ layers: [2, 2], growth: 4, stemChannels: 8, stem: 'cifar', classes })],
    ['head.fc', (classes) => resnetV2({ block: 'basic', layers: [1, 1, 1, 1], classes })],
  ];

  test.each(networks)('%s is drawn for other classes as a new model would draw it, and the rest is kept', async (headName, build) => {
    const [model, fresh] = [build(4), build(6)];
    initialize(model, { seed: 3 });
    initialize(fresh, { seed: 9 });
    const before = await stateDict(model);
    const expected = await stateDict(fresh);
    const numTensors = tf.memory().numTensors;
    expect(replaceHead(model, { classes: 6, seed: 9 })).toBe(model);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(model.config).toMatchObject({ classes: 6 });
    for (const [key, { shape, data }] of await stateDict(model)) {
      const source = key.startsWith(`${headName}.`) ? expected : before;
      expect(shape).toEqual(source.get(key)?.shape);
      expect(sameNumbers(data, source.get(key)?.data), key).toBe(true);
    }
    const logits = tf.tidy(() => model.forward(tf.ones([1, 32, 32, 3]), 'eval'));
    expect(logits.shape).toEqual([1, 6]);
    logits.dispose();
    dispose(model);
    dispose(fresh);
  });

  test('a model without values gets a head without values', async () => {
    const model = createModel('resnet10t');
    expect(await leakedTensors(() => replaceHead(model, { classes: 2 }))).toBe(0);
    expect(parameters(model).get('fc.weight')?.shape).toEqual([2, 512]);
    initialize(model);
    dispose(model);
  });

  test.each([0, 1.5, -3])('%f classes are refused', (classes) => {
    expect(() => replaceHead(createModel('resnet10t'), { classes })).toThrow(`'classes' must be a whole number from 1 but is ${classes}`);
  });
});

describe('rates by layer', () => {
  test('fall from the head to the stem, for norms and weights alike', () => {
    const model = createModel('resnet10t');
    const groups = parameterGroups(model, { weightDecay: 0.05, rates: layerwiseRates(model, 0.5) });
    const rateOf = (name: string) => groups.find(({ names }) => names.includes(name))?.rateScale;
    expect(
      ['fc.weight', 'layer4.0.bn1.bias', 'layer3.0.conv1.weight', 'layer1.0.conv1.weight', 'conv1.0.weight', 'bn1.weight'].map(rateOf),
    ).toEqual([1, 0.5, 0.25, 0.0625, 0.03125, 0.03125]);
    expect(groups.flatMap(({ names }) => names)).toHaveLength([...parameters(model).values()].filter((p) => p.role !== 'buffer').length);
  });

  test.each([
    ['resnet10t', { 'bn1.weight': 'stem', 'layer4.0.bn1.weight': 'layer4' }],
    ['densenet40_12_cifar', { 'features.transition1.conv.weight': 'features.denseblock1', 'features.norm5.bias': 'features.denseblock3' }],
    ['resnetv2_18', { 'stem.conv.weight': 'stem', 'norm.weight': 'stages.3' }],
    ['preact_resnet110_cifar', { 'conv1.weight': 'stem', 'bn.bias': 'layer3' }],
    ['wrn16_8_cifar', { 'bn1.weight': 'block3', 'fc.bias': 'fc' }],
    ['highway19_cifar', { 'last.conv.weight': 'layer3', 'fc.weight': 'fc' }],
    ['mlp_resnet10_cifar', { 'input.weight': 'stem', 'fc.weight': 'fc' }],
  ])('of %s are those of its groups: what follows a stage learns as the stage', (name, members) => {
    const model = createModel(name);
    const groups = layerGroups(model);
    for (const [parameter, group] of Object.entries(members))
      expect(groups.find(({ names }) => names.includes(parameter))?.name).toBe(group);
    const rated = parameterGroups(model, { rates: layerwiseRates(model, 0.5) });
    const rateOf = (parameter: string) => rated.find(({ names }) => names.includes(parameter))?.rateScale;
    for (const [i, { names }] of groups.toReversed().entries()) expect(new Set(names.map(rateOf))).toEqual(new Set([0.5 ** i]));
  });

  test.each([0, 1.1, Number.NaN])('a decay of %f is refused', (decay) => {
    expect(() => layerwiseRates(createModel('resnet10t'), decay)).toThrow('the decay must be above 0 and at most 1');
  });
});
