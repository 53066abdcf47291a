import {
  basicBlock,
  batchNorm2d,
  bottleneck,
  conv2d,
  denseBlock,
  denseLayer,
  denseResidualBlock,
  efficientChannelAttention,
  groupNorm,
  highwayBlock,
  linear,
  type Module,
  namedModules,
  Parameter,
  parameters,
  preactivationBasic,
  preactivationBottleneck,
  relu,
  selectiveBasicBlock,
  selectiveBottleneck,
  selectiveKernel,
  sequential,
  squeezeExcite,
  trace,
} from '@resnetjs/core';
import { describe, expect, test } from 'vitest';
import { createModel } from './create-model.ts';
import { families } from './families.ts';
import { describeFeatures, featurePyramid } from './index.ts';

const DROPS = { dropRate: 0.1, stochasticDepth: 0.1 };
const SIZE = { inChannels: 8, planes: 4, outChannels: 16 };
const projected = () => ({ projection: { downsample: conv2d(8, 16, { kernel: 1 }) } });

/** Every part of core that has parts or parameters, with an input for it. */
const blocks: readonly [name: string, make: () => Module, input: readonly number[]][] = [
  ['conv2d', () => conv2d(8, 4, { kernel: 3, bias: true }), [1, 8, 8, 8]],
  ['conv2d, standardized', () => conv2d(8, 4, { kernel: 3, standardize: 1e-6 }), [1, 8, 8, 8]],
  ['batchNorm2d', () => batchNorm2d(8), [1, 8, 8, 8]],
  ['groupNorm', () => groupNorm(8, { groups: 2 }), [1, 8, 8, 8]],
  ['linear', () => linear(8, 4), [1, 8]],
  ['sequential', () => sequential(conv2d(8, 4, { kernel: 3 }), relu, batchNorm2d(4)), [1, 8, 8, 8]],
  ['squeezeExcite', () => squeezeExcite(8), [1, 8, 8, 8]],
  ['efficientChannelAttention', () => efficientChannelAttention(8), [1, 8, 8, 8]],
  ['selectiveKernel', () => selectiveKernel(8, 4, {}), [1, 8, 8, 8]],
  ['basicBlock', () => basicBlock(8, 16, { stride: 2, attention: 'se', ...DROPS }), [1, 8, 8, 8]],
  ['basicBlock, averaged shortcut', () => basicBlock(8, 16, { stride: 2, shortcut: 'D', attention: 'eca' }), [1, 8, 8, 8]],
  ['bottleneck', () => bottleneck(8, 4, { stride: 2, attention: 'se', ...DROPS }), [1, 8, 8, 8]],
  ['selectiveBasicBlock', () => selectiveBasicBlock(8, 16, { stride: 2 }, {}), [1, 8, 8, 8]],
  ['selectiveBottleneck', () => selectiveBottleneck(8, 4, { stride: 2 }, { splitInput: false }), [1, 8, 8, 8]],
  ['preactivationBasic', () => preactivationBasic(SIZE, { ...projected(), ...DROPS }), [1, 8, 8, 8]],
  [
    'preactivationBottleneck',
    () => preactivationBottleneck(SIZE, { ...projected(), projectionFirst: true, normName: 'norm', ...DROPS }),
    [1, 8, 8, 8],
  ],
  ['denseLayer', () => denseLayer(8, { growth: 4, dropRate: 0.1 }), [1, 8, 8, 8]],
  ['denseLayer without a bottleneck', () => denseLayer(8, { growth: 4, bottleneck: 0 }), [1, 8, 8, 8]],
  ['denseBlock', () => denseBlock(8, { layers: 3, growth: 4, dropRate: 0.1 }), [1, 8, 8, 8]],
  ['highwayBlock', () => highwayBlock(8), [1, 8, 8, 8]],
  ['denseResidualBlock', () => denseResidualBlock(8, { dropRate: 0.1 }), [1, 8]],
];

/** The first network of each family. */
const networks = families.map(({ variants, inputSize }) => [Object.keys(variants)[0] as string, inputSize] as const);

/** Parts of networks that only hold their stages, which run one by one. (A `moduleList` runs nothing at all.) */
const SHELVES = new Set(['stages', 'features']);

/**
 * Puts another in the place of every part and every parameter of a model.
 *
 * @returns the names of the parts that took part in a forward pass since
 */
function replaceAll(model: Module): { readonly ran: Set<string>; readonly replaced: readonly string[] } {
  const [ran, replaced] = [new Set<string>(), [] as string[]];
  for (const [name, owner] of [...namedModules(model)].reverse()) // what is inside first, so that a stand-in has it
    for (const [key, part] of Object.entries(owner)) {
      const full = name ? `${name}.${key}` : key;
      if (part instanceof Parameter) Reflect.set(owner, key, new Parameter(part.shape, part));
      else if (isModule(part) && part.kind !== 'list') {
        if (!SHELVES.has(full)) replaced.push(full);
        Reflect.set(
          owner,
          key,
          standIn(part, () => ran.add(full)),
        );
      }
    }
  return { ran, replaced };
}

const isModule = (part: unknown): part is Module => typeof (part as Partial<Module> | undefined)?.forward === 'function';

/** Another module with the parts of one. */
const standIn = (part: Module, onForward: () => void): Module => ({
  ...part,
  forward(x, mode) {
    onForward();
    return part.forward(x, mode);
  },
});

describe.each([...blocks, ...networks.map(([name, size]) => [name, () => createModel(name), [1, size, size, 3]] as const)])(
  'of %s',
  (_, make, input) => {
    test('every part that is replaced is the one that runs', () => {
      const model = make();
      const shape = trace(model, input).output.shape;
      const { ran, replaced } = replaceAll(model);
      expect(trace(model, input).output.shape).toEqual(shape);
      expect([...ran].toSorted()).toEqual(replaced.toSorted());
    });

    test('every parameter that is replaced is the one that is computed with', () => {
      const model = make();
      const before = new Set(parameters(model).values());
      replaceAll(model);
      const read = new Set(trace(model, input).nodes.flatMap(({ inputs }) => inputs.filter((given) => given instanceof Parameter)));
      expect([...read].filter((parameter) => before.has(parameter))).toEqual([]);
      expect(read.size).toBe(before.size);
    });
  },
);

test.each(networks)('the stages of %s run parts that were replaced', (name, size) => {
  const model = createModel(name);
  const { ran } = replaceAll(model);
  describeFeatures(model, [1, size, size, 3]);
  for (const stage of model.stageNames) expect(ran).toContain(stage);
});

test('a feature pyramid runs parts that were replaced', () => {
  const pyramid = featurePyramid(createModel('resnet8_cifar'), { channels: 4 });
  const { ran, replaced } = replaceAll(pyramid);
  trace(pyramid, [1, 32, 32, 3]);
  expect([...ran].toSorted()).toEqual(replaced.toSorted());
});
