import {
  type Activation,
  activatedNorm,
  activation,
  BOTTLENECK_EXPANSION,
  type BottleneckOptions,
  basicBlock,
  batchNorm2d,
  bottleneck,
  type ChannelAttention,
  conv2d,
  type DepthUnit,
  dropout,
  globalAveragePool,
  linear,
  type Module,
  type NormLayer,
  type ShortcutOption,
  sequential,
} from '@resnetjs/core';
import { type Backbone, type BackboneConfig, backbone } from './backbone.ts';
import { type Fault, oneOf, refuse, share, unknownNames, wholeNumber } from './config-faults.ts';

/** Everything that makes a ResNet, or a ResNeXt, for CIFAR. Plain JSON. */
export interface CifarResNetConfig extends BackboneConfig {
  /** A stem, three stages of n blocks, a linear layer: 6n + 2 with basic blocks, 9n + 2 with bottlenecks. */
  readonly depth: number;
  readonly block?: 'basic' | 'bottleneck';
  /** Of the three stages; the stem has as many channels as the first. */
  readonly planes?: readonly [number, number, number];
  /** Cardinality: groups of each 3x3 convolution in a bottleneck. */
  readonly groups?: number;
  /** Channels of a group where planes is 64. */
  readonly groupWidth?: number;
  /** `'A'` as in the paper; `'none'` makes the plain network it is compared with. */
  readonly shortcut?: ShortcutOption;
  readonly attention?: ChannelAttention;
  readonly activation?: Activation;
  readonly normEpsilon?: number;
  /** How far running statistics move each step: torch's sense. */
  readonly normMomentum?: number;
  /** Starts each block as its shortcut: the last norm's scale is 0 at first. */
  readonly zeroInitResidual?: boolean;
  /** Probability of dropping a value of the embedding, before the head. */
  readonly dropRate?: number;
  /** Probability of dropping the last block's residual ; for the others it rises to that from 0. */
  readonly stochasticDepth?: number;
  /** What is dropped together: a sample's residual (the default), or that of the whole batch, which then costs no time. */
  readonly stochasticDepthUnit?: DepthUnit;
  readonly classes?: number;
  readonly channels?: number;
}

const DEFAULTS = {
  block: 'basic',
  planes: [16, 32, 64],
  groups: 1,
  groupWidth: 64,
  shortcut: 'A',
  activation: 'relu',
  normEpsilon: 1e-5,
  normMomentum: 0.1,
  zeroInitResidual: false,
  dropRate: 0,
  stochasticDepth: 0,
  stochasticDepthUnit: 'sample',
  classes: 10,
  channels: 3,
} as const satisfies Partial<CifarResNetConfig>;

type FullConfig = CifarResNetConfig & Required<Pick<CifarResNetConfig, keyof typeof DEFAULTS>>;

/**
 * A residual network for images of 32x32: a 3x3 stem, three stages, global pooling, one linear layer.
 * `[N,H,W,channels]` to `[N,classes]`.
 *
 * @throws ConfigError listing every invalid option.
 * @see He et al. 2015, section 4.2, https://arxiv.org/abs/1512.03385
 */
export function cifarResnet(config: CifarResNetConfig): Backbone {
  const full: FullConfig = { ...DEFAULTS, ...config };
  refuseImpossible(full);
  const { planes, shortcut, classes, channels, dropRate, normEpsilon: epsilon, normMomentum: momentum } = full;
  const normalize: NormLayer = (width, options) => batchNorm2d(width, { ...options, epsilon, momentum });
  const activated = activatedNorm(activation(full.activation));
  const [layer1, layer2, layer3] = stages(full, normalize);
  const parts = {
    conv1: conv2d(channels, planes[0], { kernel: 3 }),
    bn1: normalize(planes[0]),
    layer1,
    layer2,
    layer3,
    ...(dropRate > 0 && { drop: dropout(dropRate) }),
    fc: linear(planes[2] * expansionOf(full), classes),
  };
  return backbone(shortcut === 'none' ? 'plain network' : 'resnet', parts, {
    config,
    stem: (m, x, mode) => activated(m.bn1, m.conv1.forward(x, mode), mode),
    stages: ['layer1', 'layer2', 'layer3'],
    embed: (_, last) => globalAveragePool(last),
    head: (m, embedding, mode) => m.fc.forward(m.drop ? m.drop.forward(embedding, mode) : embedding, mode),
  });
}

const expansionOf = ({ block }: FullConfig): number => (block === 'basic' ? 1 : BOTTLENECK_EXPANSION);

/** 6n + 2 layers or 9n + 2: n blocks in each stage. */
const blocksPerStage = ({ block, depth }: FullConfig): number => (depth - 2) / (block === 'basic' ? 6 : 9);

function stages(config: FullConfig, normalize: NormLayer): [Module, Module, Module] {
  const { block, planes, stochasticDepth } = config;
  const count = blocksPerStage(config);
  const last = Math.max(1, 3 * count - 1);
  let [inChannels, made] = [planes[0], 0];
  const stage = (index: 0 | 1 | 2): Module =>
    sequential(
      ...Array.from({ length: count }, (_, i) => {
        const stride = i === 0 && index > 0 ? 2 : 1;
        const options: BottleneckOptions = { ...config, normalize, stride, stochasticDepth: (stochasticDepth * made++) / last };
        const built = (block === 'basic' ? basicBlock : bottleneck)(inChannels, planes[index], options);
        inChannels = planes[index] * expansionOf(config);
        return built;
      }),
    );
  return [stage(0), stage(1), stage(2)];
}

function refuseImpossible(config: FullConfig): void {
  const { block, depth, planes, groups, groupWidth } = config;
  const count = blocksPerStage(config);
  const depths = block === 'basic' ? '6n + 2 (20, 32, 44, 56, 110, 1202, …)' : '9n + 2 (29, 164, 1001, …)';
  const planesFaults: Fault[] =
    Array.isArray(planes) && planes.length === 3
      ? planes.map((width, i) => wholeNumber(`planes[${i}]`, width))
      : [`'planes' must list the width of three stages, as [16,32,64], but is ${JSON.stringify(planes)}`];
  refuse('cifarResnet', [
    ...unknownNames(config, ['depth', 'attention', 'removedBlocks', ...Object.keys(DEFAULTS)]),
    oneOf('block', block, ['basic', 'bottleneck']),
    Number.isInteger(count) && count >= 1 ? undefined : `'depth' must be ${depths} but is ${JSON.stringify(depth)}`,
    ...planesFaults,
    ...(['groups', 'groupWidth', 'classes', 'channels'] as const).map((name) => wholeNumber(name, config[name])),
    block === 'basic' && (groups !== 1 || groupWidth !== 64) ? "'groups' and 'groupWidth' need the block 'bottleneck'" : undefined,
    oneOf('shortcut', config.shortcut, ['A', 'B', 'C', 'D', 'none']),
    oneOf('attention', config.attention, [undefined, 'se', 'eca']),
    oneOf('activation', config.activation, ['relu', 'silu', 'gelu']),
    oneOf('zeroInitResidual', config.zeroInitResidual, [true, false]),
    oneOf('stochasticDepthUnit', config.stochasticDepthUnit, ['sample', 'batch']),
    ...(['normEpsilon', 'normMomentum', 'dropRate', 'stochasticDepth'] as const).map((name) => share(name, config[name])),
  ]);
}

/** What `createModel` may override in a named network. */
export const CIFAR_RESNET_OPTIONS = [
  'shortcut',
  'attention',
  'activation',
  'normEpsilon',
  'normMomentum',
  'zeroInitResidual',
  'dropRate',
  'stochasticDepth',
  'stochasticDepthUnit',
] as const satisfies readonly (keyof CifarResNetConfig)[];

const PAPER = 'He et al. 2015, table 6, CIFAR-10 test set';

/** The CIFAR-10 networks of the ResNet paper and their plain twins. */
export const cifarResnets = {
  resnet8_cifar: { config: { depth: 8 } }, // no network of the paper's: the smallest of its family, for a first try
  resnet20_cifar: { config: { depth: 20 }, accuracy: { top1: 91.25, source: PAPER } },
  resnet32_cifar: { config: { depth: 32 }, accuracy: { top1: 92.49, source: PAPER } },
  resnet44_cifar: { config: { depth: 44 }, accuracy: { top1: 92.83, source: PAPER } },
  resnet56_cifar: { config: { depth: 56 }, accuracy: { top1: 93.03, source: PAPER } },
  resnet110_cifar: { config: { depth: 110 }, accuracy: { top1: 93.57, source: PAPER } },
  resnet1202_cifar: { config: { depth: 1202 }, accuracy: { top1: 92.07, source: PAPER } },
  plain20_cifar: { config: { depth: 20, shortcut: 'none' } },
  plain32_cifar: { config: { depth: 32, shortcut: 'none' } },
  plain44_cifar: { config: { depth: 44, shortcut: 'none' } },
  plain56_cifar: { config: { depth: 56, shortcut: 'none' } },
  plain110_cifar: { config: { depth: 110, shortcut: 'none' } },
  plain1202_cifar: { config: { depth: 1202, shortcut: 'none' } },
} as const satisfies Record<string, { config: CifarResNetConfig; accuracy?: { top1: number; source: string } }>;

const RESNEXT29 = { depth: 29, block: 'bottleneck', planes: [64, 128, 256], groupWidth: 64, shortcut: 'B' } as const;
const RESNEXT_PAPER = 'Xie et al. 2016, table 7, CIFAR-10 test set';

/** The CIFAR-10 networks of the ResNeXt paper. */
export const cifarResnexts = {
  resnext29_8x64d_cifar: { config: { ...RESNEXT29, groups: 8 }, accuracy: { top1: 96.35, source: RESNEXT_PAPER } },
  resnext29_16x64d_cifar: { config: { ...RESNEXT29, groups: 16 }, accuracy: { top1: 96.42, source: RESNEXT_PAPER } },
} as const satisfies Record<string, { config: CifarResNetConfig; accuracy?: { top1: number; source: string } }>;
