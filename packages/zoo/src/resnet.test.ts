import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, initialize, namedModules, parameters, SeedError, stateDict, summarize, trace } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createModel, type ResNetConfig, resnet, resnext } from './index.ts';

beforeAll(async () => {
  await useWasm();
});

const TINY = { block: 'basic', layers: [1, 1, 1, 1], classes: 3 } as const;
const count = (config: ResNetConfig, size = 224) => summarize(resnet(config), [1, size, size, 3]);
const opsOf = (config: ResNetConfig) => trace(resnet(config), [1, 64, 64, 3]).nodes.map(({ op }) => op);

describe('options', () => {
  test("the stride in the first 1x1 costs the paper's 3.8 G, with the same parameters", () => {
    const v15 = count({ block: 'bottleneck', layers: [3, 4, 6, 3] });
    const v1 = count({ block: 'bottleneck', layers: [3, 4, 6, 3], strideIn: '1x1' });
    expect(v1.params).toBe(v15.params);
    // He et al. 2015, table 1: 3.8 x 10^9, rounded down as all of that table is.
    expect(Math.floor(v1.macs / 1e8) / 10).toBe(3.8);
  });

  test('plain networks have no shortcuts: the paper counts 1.8 and 3.6 G for 18 and 34 layers', () => {
    for (const [name, gmacs] of [
      ['plain18', '1.8'],
      ['plain34', '3.6'],
    ] as const) {
      const model = createModel(name);
      expect([...parameters(model).keys()].some((key) => key.includes('downsample'))).toBe(false);
      expect(trace(model, [1, 224, 224, 3]).nodes.some(({ op }) => op.startsWith('add'))).toBe(false);
      expect((summarize(model, [1, 224, 224, 3]).macs / 1e9).toFixed(1)).toBe(gmacs);
    }
  });

  test('a ResNet without projections has the parameters of its plain twin', () => {
    expect(count({ block: 'basic', layers: [3, 4, 6, 3], shortcut: 'A' }).params).toBe(
      summarize(createModel('plain34'), [1, 224, 224, 3]).params,
    );
  });

  test('stochastic depth rises linearly from nothing in the first block to its rate in the last', () => {
    const model = resnet({ ...TINY, layers: [1, 2, 1, 1], stochasticDepth: 0.4 });
    const rates = [...namedModules(model)]
      .filter(([, { kind }]) => kind.startsWith('stochastic depth'))
      .map(([name, { kind }]) => [name, Number(kind.split(' ')[2])]);
    expect(rates).toEqual([
      ['layer2.0.drop_path', 0.1],
      ['layer2.1.drop_path', 0.2],
      ['layer3.0.drop_path', expect.closeTo(0.3, 10)],
      ['layer4.0.drop_path', 0.4],
    ]);
  });

  test('what draws at random changes training alone, adds no parameters, and says that it needs a seed', async () => {
    const [plain, random] = [resnet(TINY), resnet({ ...TINY, dropRate: 0.5, stochasticDepth: 0.5 })];
    expect([...parameters(random).keys()]).toEqual([...parameters(plain).keys()]);
    for (const model of [plain, random]) initialize(model, { seed: 2 });
    const x = tf.randomUniform([2, 32, 32, 3], -1, 1, 'float32', 1);
    const run = (model: typeof plain, mode: Parameters<typeof plain.forward>[1]) => {
      const y = model.forward(x, mode);
      const values = y.dataSync();
      y.dispose();
      return values;
    };
    expect(run(random, 'eval')).toEqual(run(plain, 'eval'));
    expect(run(random, { seed: 1 })).toEqual(run(random, { seed: 1 }));
    expect(run(random, { seed: 1 })).not.toEqual(run(random, { seed: 2 }));
    expect(() => random.forward(x, 'train')).toThrow(SeedError);
    x.dispose();
    dispose(plain);
    dispose(random);
  });

  test('a residual that is initialized at zero makes each block its shortcut at first', async () => {
    const model = resnet({ ...TINY, block: 'bottleneck', zeroInitResidual: true });
    initialize(model);
    const dict = await stateDict(model);
    const scales = [...dict].filter(([name]) => /bn\d\.weight$/.test(name)).map(([name, { data }]) => [name, data.every((v) => v === 0)]);
    expect(scales.filter(([, zero]) => zero).map(([name]) => name)).toEqual([1, 2, 3, 4].map((stage) => `layer${stage}.0.bn3.weight`));
    dispose(model);
  });

  test('the activation is that of stem and blocks alike', () => {
    for (const activation of ['silu', 'gelu'] as const) {
      const ops = opsOf({ ...TINY, activation, stem: 'deep' });
      expect(ops.filter((op) => op === activation)).toHaveLength(3 + 2 * 4);
      expect(ops.filter((op) => op.toLowerCase().includes('relu'))).toEqual([]);
    }
  });

  test("every norm has the config's epsilon", () => {
    const norms = trace(resnet({ ...TINY, normEpsilon: 1e-3 }), [1, 64, 64, 3]).nodes.filter(({ op }) => op === 'batchNorm');
    expect(new Set(norms.map(({ attributes }) => (attributes as { epsilon: number }).epsilon))).toEqual(new Set([1e-3]));
  });

  test("running statistics move by the config's momentum", async () => {
    const model = resnet({ ...TINY, normMomentum: 1 });
    initialize(model, { seed: 1 });
    const x = tf.zeros([2, 32, 32, 3]);
    model.forward(x, 'train').dispose();
    // A black image: the stem's output has mean 0 and variance 0, and the old statistics weigh nothing.
    expect((await stateDict(model)).get('bn1.running_var')?.data.every((v) => v === 0)).toBe(true);
    x.dispose();
    dispose(model);
  });

  test('group norm takes the place of every batch norm', () => {
    const names = [...parameters(resnet({ ...TINY, norm: 'group' })).keys()];
    expect(names.some((name) => name.includes('running'))).toBe(false);
  });

  test('attention, averaging and blurs go with every block and with one another', () => {
    const ops = opsOf({ ...TINY, attention: 'eca', antiAlias: 'blur', shortcut: 'D', stem: 'tiered', stemPool: 'convolution' });
    for (const op of ['channelConvolution', 'scaleChannels', 'blur', 'averagePool']) expect(ops).toContain(op);
  });

  test('a ResNeXt is a ResNet of two more numbers', () => {
    const own = summarize(resnext({ layers: [3, 4, 6, 3], groups: 32, groupWidth: 4 }), [1, 224, 224, 3]);
    expect(own.params).toBe(25_028_904); // torchvision's resnext50_32x4d
  });

  test('a config is plain JSON and builds the same network again', () => {
    const model = createModel('skresnext50_32x4d', { classes: 10, outputStride: 16 });
    const again = resnet(JSON.parse(JSON.stringify(model.config)) as ResNetConfig);
    expect([...parameters(again)].map(([name, { shape }]) => [name, shape])).toEqual(
      [...parameters(model)].map(([name, { shape }]) => [name, shape]),
    );
  });
});

describe('impossible configs', () => {
  const refused = (config: object) => () => resnet({ ...TINY, ...config } as unknown as ResNetConfig);

  test.each([
    [{ layers: [3, 4, -6, 3] }, "'layers[2]' must be a whole number from 1 but is -6"],
    [{ layers: [3, 4, 6] }, "'layers' must list the blocks of four stages, as [3,4,6,3], but is [3,4,6]"],
    [{ block: 'botleneck' }, `'block' must be "basic" or "bottleneck" but is "botleneck"`],
    [{ outputStride: 7 }, "'outputStride' must be 8 or 16 or 32 but is 7"],
    [{ shortcut: 'E' }, `'shortcut' must be "A" or "B" or "C" or "D" or "none" but is "E"`],
    [{ outputstride: 8 }, "'outputstride' is not known; did you mean 'outputStride'?"],
    [{ classes: 0 }, "'classes' must be a whole number from 1 but is 0"],
    [{ channels: 2.5 }, "'channels' must be a whole number from 1 but is 2.5"],
    [{ classes: '10' }, `'classes' must be a whole number from 1 but is "10"`],
    [{ dropRate: 1.5 }, "'dropRate' must be a number from 0 to 1 but is 1.5"],
    [{ stochasticDepth: -0.1 }, "'stochasticDepth' must be a number from 0 to 1 but is -0.1"],
    [{ activation: 'swish' }, `'activation' must be "relu" or "silu" or "gelu" but is "swish"`],
    [{ groups: 32 }, "'groups' and 'groupWidth' need the block 'bottleneck'"],
    [{ strideIn: '1x1' }, "'strideIn' of '1x1' needs the block 'bottleneck'"],
    [{ block: 'bottleneck', strideIn: '1x1', antiAlias: 'blur' }, "without 'selectiveKernel' and 'antiAlias'"],
    [{ selectiveKernel: { ratios: 2 } }, "in 'selectiveKernel', 'ratios' is not known; did you mean 'ratio'?"],
    [{ selectiveKernel: {}, antiAlias: 'blur' }, "'selectiveKernel' goes with neither 'antiAlias' nor 'reduceFirst'"],
    [{ projectionKernel: 3, shortcut: 'A' }, "'projectionKernel' of 3 needs the shortcut 'B' or 'C'"],
    [{ zeroInitResidual: 'yes' }, `'zeroInitResidual' must be true or false but is "yes"`],
  ])('%j is refused: %s', (config, message) => {
    expect(refused(config)).toThrow(message);
  });

  test('everything that is wrong is said at once', () => {
    expect(refused({ outputStride: 7, classes: -1, depth: 50 })).toThrow(
      "resnet cannot be built: 'depth' is not known; did you mean 'block'?; 'classes' must be a whole number from 1 but is -1; 'outputStride' must be 8 or 16 or 32 but is 7.",
    );
  });

  test.each([
    [
      'groups that do not divide the channels',
      { block: 'bottleneck', groups: 3, groupWidth: 1, reduceFirst: 2 },
      '3 groups do not divide 1 input and 3 output channels',
    ],
    ['group norm of too few channels', { norm: 'group', stem: 'deep', stemWidth: 20 }, '32 groups do not divide 20 channels'],
  ])('%s', (_, config, message) => {
    expect(refused(config)).toThrow(message);
  });
});
