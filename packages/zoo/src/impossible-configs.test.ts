import { ConfigError } from '@resnetjs/core';
import { expect, test } from 'vitest';
import { densenet, highwayNet, mlpResnet, preactivationResnet, resnetV2, wideResnet } from './index.ts';

const dense = { layers: [2, 2], growth: 4, stemChannels: 8 };
const v2 = { block: 'bottleneck', layers: [1, 1, 1, 1] } as const;
const stages = [[8, 8], [8], [8]] as const;

// Configs come from JSON too, so what the types forbid is tested as well.
const build = (make: (config: never) => unknown, config: object) => () => make(config as never);

test.each<[string, () => unknown, string]>([
  ['no dense blocks', build(densenet, { ...dense, layers: [] }), "'layers' must list the layers of each dense block"],
  ['a dense block of no layers', build(densenet, { ...dense, layers: [6, 0] }), "'layers[1]' must be a whole number from 1 but is 0"],
  ['a negative growth', build(densenet, { ...dense, growth: -12 }), "'growth' must be a whole number from 1 but is -12"],
  [
    'a transition that keeps nothing',
    build(densenet, { ...dense, compression: 0.01 }),
    "'compression' of 0.01 leaves no channels of the 16",
  ],
  ['a compression above 1', build(densenet, { ...dense, compression: 2 }), "'compression' must be a number from 0 to 1 but is 2"],
  [
    'a stem that there is not',
    build(densenet, { ...dense, stem: 'mnist' }),
    '\'stem\' must be "imagenet" or "deep" or "cifar" but is "mnist"',
  ],
  [
    'a blur where no pool subsamples',
    build(densenet, { ...dense, stem: 'cifar', antiAlias: 'blur' }),
    "'antiAlias' needs a stem that pools",
  ],
  ['a deep stem of odd width', build(densenet, { ...dense, stem: 'deep', stemChannels: 9 }), "'stemChannels' must be even in a deep stem"],
  ['a name of another library', build(densenet, { ...dense, growthRate: 4 }), "'growthRate' is not known; did you mean 'growth'?"],
  ['a rate as text', build(densenet, { ...dense, dropRate: '0.2' }), '\'dropRate\' must be a number from 0 to 1 but is "0.2"'],
  ['three stages of four', build(resnetV2, { ...v2, layers: [3, 4, 6] }), "'layers' must list the blocks of four stages"],
  ['a block that there is not', build(resnetV2, { ...v2, block: 'wide' }), '\'block\' must be "basic" or "bottleneck" but is "wide"'],
  ['an output stride of 4', build(resnetV2, { ...v2, outputStride: 4 }), "'outputStride' must be 8 or 16 or 32 but is 4"],
  ['group norm over 8 channels', build(resnetV2, { ...v2, norm: 'group', stem: 'tiered' }), '32 groups do not divide 24 channels'],
  ['a depth between networks', build(preactivationResnet, { depth: 165, block: 'bottleneck' }), "'depth' must be 9n + 2"],
  ['a negative depth', build(preactivationResnet, { depth: -4, block: 'basic' }), "'depth' must be 6n + 2"],
  ['a depth of 28 layers and a half', build(wideResnet, { depth: 28.5, width: 10 }), "'depth' must be 6n + 4"],
  ['no width', build(wideResnet, { depth: 28 }), "'width' must be a whole number from 1 but is undefined"],
  ['a gate that opens at first', build(highwayNet, { layers: stages, gateBias: 1 }), "'gateBias' must be negative"],
  ['two stages of three', build(highwayNet, { layers: [[8], [8]] }), "'layers' must list the widths of three stages"],
  ['a negative number of blocks', build(mlpResnet, { blocks: -1 }), "'blocks' must be a whole number from 1 but is -1"],
])('%s is refused', (_, make, message) => {
  expect(make).toThrow(ConfigError);
  expect(make).toThrow(message);
});

test('all that is wrong is told at once', () => {
  const make = build(densenet, { ...dense, growth: 0, bottleneck: -1, classes: 2.5, droprate: 0 });
  for (const fault of ["'growth'", "'bottleneck'", "'classes'", "'droprate' is not known; did you mean 'dropRate'?"])
    expect(make).toThrow(fault);
});
