import {
  averagePool2d,
  batchNorm2d,
  conv2d,
  denseBlock,
  globalAveragePool,
  type Layer,
  linear,
  type Mode,
  type Module,
  module,
  relu,
  runSteps,
  scoped,
} from '@resnetjs/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Backbone, backbone } from './backbone.ts';
import { oneOf, refuse, share, unknownNames, wholeNumber } from './config-faults.ts';
import { stemPooling } from './stem.ts';

/** Everything that makes a DenseNet. Plain JSON. */
export interface DenseNetConfig {
  /** Layers in each dense block. */
  readonly layers: readonly number[];
  /** Channels that each layer adds: the paper's k. */
  readonly growth: number;
  /** Channels of the stem. */
  readonly stemChannels: number;
  /**
   * `'imagenet'`: 7x7 at stride 2 and a pool, for images of about 224x224; `'deep'`: three of 3x3 in its place, the first two
   * half as wide (timm's d); `'cifar'`: 3x3, for 32x32.
   */
  readonly stem?: 'imagenet' | 'deep' | 'cifar';
  /** Blurs what the stem's pool subsamples. */
  readonly antiAlias?: 'blur';
  /** Channels of each layer's 1x1 bottleneck in multiples of `growth` (4: the B of DenseNet-BC); 0 for none. */
  readonly bottleneck?: number;
  /** What share of the channels a transition keeps (0.5: the C of DenseNet-BC). */
  readonly compression?: number;
  readonly classes?: number;
  readonly channels?: number;
  /** Probability of dropping a value that a dense layer adds. */
  readonly dropRate?: number;
}

const DEFAULTS = {
  stem: 'imagenet',
  bottleneck: 4,
  compression: 0.5,
  classes: 1000,
  channels: 3,
  dropRate: 0,
} as const satisfies Partial<DenseNetConfig>;

type FullConfig = DenseNetConfig & Required<Pick<DenseNetConfig, keyof typeof DEFAULTS>>;

/**
 * A densely connected network: a stem, dense blocks with transitions between them that halve height and width, global
 * pooling, one linear layer. `[N,H,W,channels]` to `[N,classes]`. Its parts are named as torchvision's.
 *
 * @throws ConfigError listing every invalid option.
 * @see Huang et al. 2017, table 1, https://arxiv.org/abs/1608.06993
 */
export function densenet(config: DenseNetConfig): Backbone {
  const full: FullConfig = { ...DEFAULTS, ...config };
  refuseImpossible(full);
  const { layers, growth, stemChannels, bottleneck, compression, classes, dropRate } = full;
  const stem = stemOf(full);
  let width = stemChannels;
  const stages = layers.map((count, i) => {
    const steps: Named[] = [];
    if (i > 0) {
      const kept = Math.floor(width * compression);
      if (kept < 1) refuse('densenet', [`'compression' of ${compression} leaves no channels of the ${width} before transition${i}`]);
      steps.push([`transition${i}`, transition(width, kept)]);
      width = kept;
    }
    steps.push([`denseblock${i + 1}`, denseBlock(width, { layers: count, growth, bottleneck, dropRate })]);
    width += count * growth;
    // torchvision calls it norm5 however many blocks there are.
    if (i === layers.length - 1) steps.push(['norm5', batchNorm2d(width)], ['relu5', relu]); // [N,7,7,1024] of 224
    return steps;
  });
  const all = [...stem, ...stages.flat()];
  const named = Object.fromEntries(all.flatMap(([name, step]) => (typeof step === 'function' ? [] : [[name, step] as const])));
  const parts = {
    features: module('features', named, inOrder(all)),
    classifier: linear(width, classes),
  };
  return backbone('densenet', parts, {
    config,
    stem: (m, x, mode) => inOrder(stem)(m.features, x, mode),
    stages: stages.map((steps, i) => ({
      name: `features.denseblock${i + 1}`,
      run: (m, x, mode) => inOrder(steps)(m.features, x, mode),
    })),
    headName: 'classifier',
    embed: (_, last) => globalAveragePool(last),
    head: (m, embedding, mode) => m.classifier.forward(embedding, mode),
  });
}

type Named = readonly [name: string, step: Layer];

function stemOf({ stem, antiAlias, channels, stemChannels }: FullConfig): readonly Named[] {
  if (stem === 'cifar') return [['conv0', conv2d(channels, stemChannels, { kernel: 3 })]];
  const pool: Named = ['pool0', stemPooling(antiAlias)]; // [N,56,56,64] of 224
  if (stem === 'imagenet')
    return [
      ['conv0', conv2d(channels, stemChannels, { kernel: 7, stride: 2 })],
      ['norm0', batchNorm2d(stemChannels)],
      ['relu0', relu],
      pool,
    ];
  const half = stemChannels / 2;
  return [
    ['conv0', conv2d(channels, half, { kernel: 3, stride: 2 })],
    ['norm0', batchNorm2d(half)],
    ['relu0', relu],
    ['conv1', conv2d(half, half, { kernel: 3 })],
    ['norm1', batchNorm2d(half)],
    ['relu1', relu],
    ['conv2', conv2d(half, stemChannels, { kernel: 3 })],
    ['norm2', batchNorm2d(stemChannels)],
    ['relu2', relu],
    pool,
  ];
}

/** Norm, ReLU, 1x1 convolution, and a pool that halves height and width. */
function transition(inChannels: number, outChannels: number): Module {
  const pool = averagePool2d({ kernel: 2 });
  return module('transition', { norm: batchNorm2d(inChannels), conv: conv2d(inChannels, outChannels, { kernel: 1 }) }, (m, x, mode) =>
    pool(m.conv.forward(relu(m.norm.forward(x, mode)), mode)),
  );
}

/** Some of the features' steps as one: functions as they are, parts by their names in the features. */
const inOrder =
  (steps: readonly Named[]) =>
  (features: Module, x: Tensor, mode: Mode): Tensor =>
    scoped(x, () => {
      const present = steps.map(([name, step]) => (typeof step === 'function' ? step : (Reflect.get(features, name) as Module)));
      return runSteps(present, x, mode);
    });

function refuseImpossible(config: FullConfig): void {
  const known = ['layers', 'growth', 'stemChannels', 'antiAlias', ...Object.keys(DEFAULTS)];
  const { layers } = config;
  refuse('densenet', [
    ...unknownNames(config, known),
    ...(Array.isArray(layers) && layers.length
      ? layers.map((count, i) => wholeNumber(`layers[${i}]`, count))
      : [`'layers' must list the layers of each dense block, as [6,12,24,16], but is ${JSON.stringify(layers)}`]),
    ...(['growth', 'stemChannels', 'classes', 'channels'] as const).map((name) => wholeNumber(name, config[name])),
    wholeNumber('bottleneck', config.bottleneck, 0),
    share('compression', config.compression),
    share('dropRate', config.dropRate),
    oneOf('stem', config.stem, ['imagenet', 'deep', 'cifar']),
    oneOf('antiAlias', config.antiAlias, [undefined, 'blur']),
    config.antiAlias && config.stem === 'cifar' ? "'antiAlias' needs a stem that pools: 'imagenet' or 'deep'" : undefined,
    config.stem === 'deep' && config.stemChannels % 2
      ? `'stemChannels' must be even in a deep stem but is ${config.stemChannels}`
      : undefined,
  ]);
}

const TORCHVISION = 'torchvision IMAGENET1K_V1, single crop of 224';

/**
 * The ImageNet networks of the DenseNet paper, named as in torchvision, its deepest, which torchvision lacks, and timm's with a
 * deep stem.
 */
export const densenets = {
  densenet121: { config: { layers: [6, 12, 24, 16], growth: 32, stemChannels: 64 }, accuracy: { top1: 74.434, source: TORCHVISION } },
  densenet161: { config: { layers: [6, 12, 36, 24], growth: 48, stemChannels: 96 }, accuracy: { top1: 77.138, source: TORCHVISION } },
  densenet169: { config: { layers: [6, 12, 32, 32], growth: 32, stemChannels: 64 }, accuracy: { top1: 75.6, source: TORCHVISION } },
  densenet201: { config: { layers: [6, 12, 48, 32], growth: 32, stemChannels: 64 }, accuracy: { top1: 76.896, source: TORCHVISION } },
  densenet264: {
    config: { layers: [6, 12, 64, 48], growth: 32, stemChannels: 64 },
    accuracy: { top1: 77.85, source: 'Huang et al. 2017, table 3, single crop of 224' },
  },
  densenetblur121d: {
    config: { layers: [6, 12, 24, 16], growth: 32, stemChannels: 64, stem: 'deep', antiAlias: 'blur' },
    accuracy: { top1: 76.574, source: 'timm densenetblur121d.ra_in1k, single crop of 224' },
  },
  densenet264d: { config: { layers: [6, 12, 64, 48], growth: 48, stemChannels: 96, stem: 'deep' } },
} as const satisfies Record<string, { config: DenseNetConfig; accuracy?: { top1: number; source: string } }>;

const PAPER = 'Huang et al. 2017, table 2, CIFAR-10+ test set';
const CIFAR = { stem: 'cifar', classes: 10 } as const;
const PLAIN = { ...CIFAR, bottleneck: 0, compression: 1, stemChannels: 16 } as const;

/** The CIFAR-10 networks of the DenseNet paper: `densenet_bc100_12_cifar` is DenseNet-BC of 100 layers with growth 12. */
export const cifarDensenets = {
  densenet40_12_cifar: { config: { ...PLAIN, layers: [12, 12, 12], growth: 12 }, accuracy: { top1: 94.76, source: PAPER } },
  densenet100_12_cifar: { config: { ...PLAIN, layers: [32, 32, 32], growth: 12 }, accuracy: { top1: 95.9, source: PAPER } },
  densenet_bc100_12_cifar: {
    config: { ...CIFAR, layers: [16, 16, 16], growth: 12, stemChannels: 24 },
    accuracy: { top1: 95.49, source: PAPER },
  },
  densenet_bc250_24_cifar: {
    config: { ...CIFAR, layers: [41, 41, 41], growth: 24, stemChannels: 48 },
    accuracy: { top1: 96.38, source: PAPER },
  },
  densenet_bc190_40_cifar: {
    config: { ...CIFAR, layers: [31, 31, 31], growth: 40, stemChannels: 80 },
    accuracy: { top1: 96.54, source: PAPER },
  },
} as const satisfies Record<string, { config: DenseNetConfig; accuracy?: { top1: number; source: string } }>;
