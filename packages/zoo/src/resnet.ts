import {
  type Activation,
  type AntiAlias,
  BOTTLENECK_EXPANSION,
  type BottleneckOptions,
  basicBlock,
  batchNorm2d,
  bottleneck,
  type ChannelAttention,
  type DepthUnit,
  dropout,
  globalAveragePool,
  groupNorm,
  linear,
  type Module,
  type NormLayer,
  type SelectiveKernelOptions,
  type ShortcutOption,
  selectiveBasicBlock,
  selectiveBottleneck,
  sequential,
} from '@resnetjs/core';
import { type Backbone, backbone } from './backbone.ts';
import { type Fault, oneOf, refuse, share, unknownNames, wholeNumber } from './config-faults.ts';
import { stem } from './stem.ts';

/** Everything that makes a ResNet for photographs, or one of its kin. Plain JSON. */
export interface ResNetConfig {
  readonly block: 'basic' | 'bottleneck';
  /** Blocks in each of the four stages. */
  readonly layers: readonly [number, number, number, number];
  readonly classes?: number;
  /** Of the input: 3 for colour. */
  readonly channels?: number;
  /** Cardinality: groups of each 3x3 convolution in a bottleneck. */
  readonly groups?: number;
  /** Channels of a group where planes is 64. */
  readonly groupWidth?: number;
  /** `'B'` projects where the size changes; `'D'` averages before; `'none'` makes a plain network. */
  readonly shortcut?: ShortcutOption;
  /** Which convolution of a bottleneck carries the stride: the first as in the paper, or the 3x3 (v1.5, the default). */
  readonly strideIn?: '1x1' | '3x3';
  /** `'7x7'`: one convolution; `'deep'`: three of 3x3 (C, D); `'tiered'`: the same, the first narrower (T). */
  readonly stem?: '7x7' | 'deep' | 'tiered';
  /** Channels of the first convolutions of a deep stem; it ends with twice as many. */
  readonly stemWidth?: number;
  readonly stemPool?: 'max' | 'convolution';
  /** A gate on each channel of each residual. */
  readonly attention?: ChannelAttention;
  /** Hidden channels of squeeze and excitation by channels. */
  readonly attentionRatio?: number;
  /** Blurs or averages what is subsampled. */
  readonly antiAlias?: AntiAlias;
  /** Makes each block's 3x3 convolution (a basic block's first) one that selects between two windows. */
  readonly selectiveKernel?: SelectiveKernelOptions;
  /** How many times narrower each block's first convolution is: 2 in SENet-154. */
  readonly reduceFirst?: number;
  /** Window of a projection that changes the size of the image: 3 in SENet-154. */
  readonly projectionKernel?: 1 | 3;
  /** Pixels of the input for one of the last stage's output: below 32, dilations take the strides' place. */
  readonly outputStride?: 8 | 16 | 32;
  readonly activation?: Activation;
  readonly norm?: 'batch' | 'group';
  readonly normEpsilon?: number;
  /** How far batch norms' running statistics move each step: torch's sense. */
  readonly normMomentum?: number;
  /** Starts each block as its shortcut: the last norm's scale is 0 at first. */
  readonly zeroInitResidual?: boolean;
  /** Probability of dropping a value of the embedding, before the head. */
  readonly dropRate?: number;
  /** Probability of dropping the last block's residual; for the others it rises to that from 0. */
  readonly stochasticDepth?: number;
  /** What is dropped together: a sample's residual (the default), or that of the whole batch, which then costs no time. */
  readonly stochasticDepthUnit?: DepthUnit;
}

const STAGE_PLANES = [64, 128, 256, 512] as const;

const DEFAULTS = {
  classes: 1000,
  channels: 3,
  groups: 1,
  groupWidth: 64,
  shortcut: 'B',
  strideIn: '3x3',
  stem: '7x7',
  stemWidth: 32,
  stemPool: 'max',
  attentionRatio: 1 / 16,
  reduceFirst: 1,
  projectionKernel: 1,
  outputStride: 32,
  activation: 'relu',
  norm: 'batch',
  normEpsilon: 1e-5,
  normMomentum: 0.1,
  zeroInitResidual: false,
  dropRate: 0,
  stochasticDepth: 0,
  stochasticDepthUnit: 'sample',
} as const satisfies Partial<ResNetConfig>;

/** A config with nothing left out that has a default. */
type FullConfig = ResNetConfig & Required<Pick<ResNetConfig, keyof typeof DEFAULTS>>;

/**
 * A residual network for images of about 224x224: a stem, four stages, global pooling, one linear layer.
 * `[N,H,W,channels]` to `[N,classes]`. Its parts are named as torchvision's, or timm's where only timm has them.
 *
 * @throws ConfigError listing every invalid option.
 * @see He et al. 2015, table 1, https://arxiv.org/abs/1512.03385
 */
export function resnet(config: ResNetConfig): Backbone {
  const full: FullConfig = { ...DEFAULTS, ...config };
  refuseImpossible(full);
  const { normEpsilon: epsilon, normMomentum: momentum } = full;
  const normalize: NormLayer =
    full.norm === 'group'
      ? (channels, options) => groupNorm(channels, { ...options, epsilon })
      : (channels, options) => batchNorm2d(channels, { ...options, epsilon, momentum });
  const start = stem({ ...full, normalize });
  const [layer1, layer2, layer3, layer4] = stages(full, start.outChannels, normalize);
  const outChannels = STAGE_PLANES[3] * (full.block === 'basic' ? 1 : BOTTLENECK_EXPANSION);
  const parts = {
    ...start.parts,
    layer1,
    layer2,
    layer3,
    layer4,
    ...(full.dropRate > 0 && { drop: dropout(full.dropRate) }),
    fc: linear(outChannels, full.classes),
  };
  return backbone(full.shortcut === 'none' ? 'plain network' : 'resnet', parts, {
    config,
    stem: start.forward, // [N,56,56,64] of 224
    stages: ['layer1', 'layer2', 'layer3', 'layer4'],
    embed: (_, last) => globalAveragePool(last),
    head: (m, embedding, mode) => m.fc.forward(m.drop ? m.drop.forward(embedding, mode) : embedding, mode),
  });
}

/** Four sequences of blocks. Beyond the output's stride, a stage multiplies the dilation in place of the stride. */
function stages(config: FullConfig, stemChannels: number, normalize: NormLayer): [Module, Module, Module, Module] {
  const { block, layers, stochasticDepth, selectiveKernel } = config;
  const total = layers.reduce((sum, count) => sum + count, 0);
  let [inChannels, reached, dilation, made] = [stemChannels, 4, 1, 0];
  const build = (planes: number, options: BottleneckOptions): Module => {
    if (selectiveKernel)
      return (block === 'basic' ? selectiveBasicBlock : selectiveBottleneck)(inChannels, planes, options, selectiveKernel);
    return (block === 'basic' ? basicBlock : bottleneck)(inChannels, planes, options);
  };
  const stage = (index: 0 | 1 | 2 | 3): Module => {
    const planes = STAGE_PLANES[index];
    const dilationBefore = dilation;
    const stride = index > 0 && reached < config.outputStride ? 2 : 1;
    if (stride === 2) reached *= 2;
    else if (index > 0) dilation *= 2;
    const blocks = Array.from({ length: layers[index] }, (_, i) => {
      const made1 = build(planes, {
        ...config,
        normalize,
        stride: i === 0 ? stride : 1,
        dilation,
        firstDilation: i === 0 ? dilationBefore : dilation,
        stochasticDepth: (stochasticDepth * made++) / (total - 1), // 0 for the first block, the full rate for the last
      });
      inChannels = planes * (block === 'basic' ? 1 : BOTTLENECK_EXPANSION);
      return made1;
    });
    return sequential(...blocks);
  };
  return [stage(0), stage(1), stage(2), stage(3)];
}

function refuseImpossible(config: FullConfig): void {
  const { block, layers, groups, groupWidth, shortcut, strideIn, selectiveKernel, antiAlias, projectionKernel, reduceFirst } = config;
  const known = ['block', 'layers', 'attention', 'antiAlias', 'selectiveKernel', ...Object.keys(DEFAULTS)];
  const plainBlocks = selectiveKernel === undefined;
  refuse('resnet', [
    ...unknownNames(config, known),
    oneOf('block', block, ['basic', 'bottleneck']),
    ...(Array.isArray(layers) && layers.length === 4
      ? layers.map((count, i) => wholeNumber(`layers[${i}]`, count))
      : [`'layers' must list the blocks of four stages, as [3,4,6,3], but is ${JSON.stringify(layers)}`]),
    ...(['classes', 'channels', 'groups', 'groupWidth', 'stemWidth', 'reduceFirst'] as const).map((name) =>
      wholeNumber(name, config[name]),
    ),
    oneOf('shortcut', shortcut, ['A', 'B', 'C', 'D', 'none']),
    oneOf('strideIn', strideIn, ['1x1', '3x3']),
    oneOf('stem', config.stem, ['7x7', 'deep', 'tiered']),
    oneOf('stemPool', config.stemPool, ['max', 'convolution']),
    oneOf('attention', config.attention, [undefined, 'se', 'eca']),
    oneOf('antiAlias', antiAlias, [undefined, 'blur', 'average']),
    oneOf('projectionKernel', projectionKernel, [1, 3]),
    oneOf('outputStride', config.outputStride, [8, 16, 32]),
    oneOf('activation', config.activation, ['relu', 'silu', 'gelu']),
    oneOf('norm', config.norm, ['batch', 'group']),
    oneOf('zeroInitResidual', config.zeroInitResidual, [true, false]),
    oneOf('stochasticDepthUnit', config.stochasticDepthUnit, ['sample', 'batch']),
    ...(['attentionRatio', 'normEpsilon', 'normMomentum', 'dropRate', 'stochasticDepth'] as const).map((name) => share(name, config[name])),
    ...(selectiveKernel ? selectiveFaults(selectiveKernel) : []),
    block === 'basic' && (groups !== 1 || groupWidth !== 64) ? "'groups' and 'groupWidth' need the block 'bottleneck'" : undefined,
    strideIn === '1x1' && (block === 'basic' || !plainBlocks || antiAlias)
      ? "'strideIn' of '1x1' needs the block 'bottleneck', without 'selectiveKernel' and 'antiAlias'"
      : undefined,
    !plainBlocks && (antiAlias || reduceFirst !== 1) ? "'selectiveKernel' goes with neither 'antiAlias' nor 'reduceFirst'" : undefined,
    projectionKernel === 3 && shortcut !== 'B' && shortcut !== 'C' ? "'projectionKernel' of 3 needs the shortcut 'B' or 'C'" : undefined,
    config.stem === 'tiered' && config.stemWidth < 4 ? "'stemWidth' must be 4 or more in a tiered stem" : undefined,
  ]);
}

const selectiveFaults = (options: SelectiveKernelOptions): Fault[] => [
  ...unknownNames(options, ['ratio', 'divisor', 'splitInput']).map((fault) => fault && `in 'selectiveKernel', ${fault}`),
  share('selectiveKernel.ratio', options.ratio ?? 0),
  wholeNumber('selectiveKernel.divisor', options.divisor ?? 1),
  oneOf('selectiveKernel.splitInput', options.splitInput ?? true, [true, false]),
];

/** What `createModel` may override in a named ResNet. */
export const RESNET_OPTIONS = ['attention', 'antiAlias', ...(Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[])] as const;
