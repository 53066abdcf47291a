import {
  asPixel,
  averagePool2d,
  batchNorm2d,
  type Conv2DOptions,
  conv2d,
  type DepthUnit,
  dropout,
  flatten,
  globalAveragePool,
  groupNorm,
  type Module,
  maxPool2d,
  module,
  preactivationBasic,
  preactivationBottleneck,
  relu,
  sequential,
  zeroPad,
} from '@resnetjs/core';
import { type Backbone, backbone } from './backbone.ts';
import { oneOf, refuse, share, unknownNames, wholeNumber } from './config-faults.ts';

/** Everything that makes a pre-activation ResNet for photographs. Plain JSON. */
export interface ResNetV2Config {
  readonly block: 'basic' | 'bottleneck';
  /** Blocks in each of the four stages. */
  readonly layers: readonly [number, number, number, number];
  /**
   * `'7x7'`: one convolution; `'bit'`: the same, but the pool after it counts its padding as zeros; `'deep'`: three 3x3
   * of 32, 32 and 64 channels (timm's d); `'tiered'`: of 24, 32 and 64 (timm's t).
   */
  readonly stem?: '7x7' | 'bit' | 'deep' | 'tiered';
  /** Whether shortcuts average before they project, rather than skip three pixels of four. */
  readonly averageDown?: boolean;
  /** How many times wider than the network whose stem has 64 channels. */
  readonly width?: number;
  readonly norm?: 'batch' | 'group';
  /** What is added to the variance of standardized filters; without it they are used as they are. */
  readonly standardize?: number;
  /** Pixels of the input for one of the last stage's output: from 16 or 8 on, dilations take the strides' place. */
  readonly outputStride?: 8 | 16 | 32;
  readonly classes?: number;
  readonly channels?: number;
  /** Probability of dropping a value of the embedding, before the head. */
  readonly dropRate?: number;
  /** Probability of dropping the last block's branch; for the others it rises to that from 0. */
  readonly stochasticDepth?: number;
  /** What is dropped together: a sample's residual (the default), or that of the whole batch, which then costs no time. */
  readonly stochasticDepthUnit?: DepthUnit;
}

const STAGE_PLANES = [64, 128, 256, 512] as const;
const DEFAULTS = {
  stem: '7x7',
  averageDown: false,
  width: 1,
  norm: 'batch',
  outputStride: 32,
  classes: 1000,
  channels: 3,
  dropRate: 0,
  stochasticDepth: 0,
  stochasticDepthUnit: 'sample',
} as const satisfies Partial<ResNetV2Config>;

/**
 * A pre-activation residual network for images of about 224x224: a stem, four stages, a last norm and ReLU, global
 * pooling, and a 1x1 convolution as its head. `[N,H,W,channels]` to `[N,classes]`. Its parts are named as timm's.
 *
 * @throws ConfigError listing every invalid option.
 * @see He et al. 2016, https://arxiv.org/abs/1603.05027
 * @see Kolesnikov et al. 2019 (group norm, standardized filters), https://arxiv.org/abs/1912.11370
 */
export function resnetV2(config: ResNetV2Config): Backbone {
  const full = { ...DEFAULTS, ...config };
  refuseImpossible(full);
  const { block, layers, width, norm, classes, dropRate } = full;
  const normalize = norm === 'batch' ? (channels: number) => batchNorm2d(channels) : (channels: number) => groupNorm(channels);
  const convolutions = full.standardize === undefined ? {} : { standardize: full.standardize };
  const expansion = block === 'basic' ? 1 : 4;
  const blockCount = layers.reduce((sum, count) => sum + count, 0);
  let [inChannels, outputStride, dilation, made] = [STAGE_PLANES[0] * width, 4, 1, 0];
  const stages = STAGE_PLANES.map((stagePlanes, index) => {
    const outChannels = stagePlanes * expansion * width;
    const strided = index > 0 && outputStride < full.outputStride;
    const [stride, dilationBefore] = [strided ? 2 : 1, dilation];
    if (strided) outputStride *= 2;
    else if (index > 0) dilation *= 2;
    const blocks = Array.from({ length: layers[index] ?? 0 }, (_, i) => {
      const first = i === 0;
      const size = { inChannels, planes: stagePlanes * width, outChannels };
      // timm projects at the start of every stage of bottlenecks, but of basic blocks only where the size changes.
      const projects = first && (block === 'bottleneck' || stride > 1 || dilation !== dilationBefore || inChannels !== outChannels);
      const options = {
        stride: first ? stride : 1,
        dilation,
        firstDilation: first ? dilationBefore : dilation,
        normName: 'norm',
        normalize,
        convolutions,
        projectionFirst: true,
        ...(projects && { projection: { downsample: projection(size, { stride, average: full.averageDown, convolutions }) } }),
        stochasticDepth: blockCount > 1 ? (full.stochasticDepth * made++) / (blockCount - 1) : 0,
        stochasticDepthUnit: full.stochasticDepthUnit,
      } as const;
      inChannels = outChannels;
      return block === 'basic' ? preactivationBasic(size, options) : preactivationBottleneck(size, options);
    });
    return module('stage', { blocks: sequential(...blocks) }, (m, x, mode) => m.blocks.forward(x, mode));
  });
  const fc = conv2d(inChannels, classes, { kernel: 1, bias: true });
  const parts = {
    stem: stem(full.stem, { channels: full.channels, planes: STAGE_PLANES[0] * width, normalize, convolutions }),
    stages: sequential(...stages),
    norm: normalize(inChannels),
    head: module('head', { ...(dropRate !== 0 && { drop: dropout(dropRate) }), fc }, (m, x, mode) =>
      flatten(m.fc.forward(asPixel(m.drop ? m.drop.forward(x, mode) : x), mode)),
    ),
  };
  return backbone('resnet v2', parts, {
    config,
    stem: (m, x, mode) => m.stem.forward(x, mode), // [N,56,56,64] of 224
    stages: stages.map((_, i) => `stages.${i}`),
    embed: (m, last, mode) => globalAveragePool(relu(m.norm.forward(last, mode))),
    head: (m, embedding, mode) => m.head.forward(embedding, mode),
    headName: 'head.fc',
  });
}

interface StemOptions {
  readonly channels: number;
  readonly planes: number;
  readonly normalize: (channels: number) => Module;
  readonly convolutions: Partial<Conv2DOptions>;
}

/** One or three convolutions and a pool. There is no norm after the last: the first block begins with one. */
function stem(kind: Exclude<ResNetV2Config['stem'], undefined>, { channels, planes, normalize, convolutions }: StemOptions): Module {
  const pool = maxPool2d({ kernel: 3, stride: 2, padding: 1 });
  if (kind === '7x7' || kind === 'bit') {
    const bitPool = maxPool2d({ kernel: 3, stride: 2 });
    return module('stem', { conv: conv2d(channels, planes, { ...convolutions, kernel: 7, stride: 2 }) }, (m, x, mode) => {
      const h = m.conv.forward(x, mode);
      return kind === 'bit' ? bitPool(zeroPad(h, 1)) : pool(h);
    });
  }
  const [first, second] = kind === 'deep' ? [planes / 2, planes / 2] : [(planes * 3) / 8, planes / 2];
  return module(
    'stem',
    {
      conv1: conv2d(channels, first, { ...convolutions, kernel: 3, stride: 2 }),
      norm1: normalize(first),
      conv2: conv2d(first, second, { ...convolutions, kernel: 3 }),
      norm2: normalize(second),
      conv3: conv2d(second, planes, { ...convolutions, kernel: 3 }),
    },
    (m, x, mode) => {
      let h = relu(m.norm1.forward(m.conv1.forward(x, mode), mode));
      h = relu(m.norm2.forward(m.conv2.forward(h, mode), mode));
      return pool(m.conv3.forward(h, mode));
    },
  );
}

interface ProjectionOptions {
  readonly stride: number;
  readonly average: boolean;
  readonly convolutions: Partial<Conv2DOptions>;
}

/** The shortcut where the size changes: a 1x1 convolution, strided or after an average. */
function projection(
  { inChannels, outChannels }: { readonly inChannels: number; readonly outChannels: number },
  { stride, average, convolutions }: ProjectionOptions,
): Module {
  const pool = average && stride > 1 ? averagePool2d({ kernel: 2, stride, ceil: true }) : undefined;
  const conv = conv2d(inChannels, outChannels, { ...convolutions, kernel: 1, stride: pool ? 1 : stride });
  return module('projection', { conv }, (m, x, mode) => m.conv.forward(pool ? pool(x) : x, mode));
}

const OPTIONS = ['block', 'layers', 'standardize', ...Object.keys(DEFAULTS)];

function refuseImpossible(config: ResNetV2Config & Required<Omit<ResNetV2Config, 'standardize'>>): void {
  const { layers, standardize } = config;
  refuse('resnetV2', [
    ...unknownNames(config, OPTIONS),
    oneOf('block', config.block, ['basic', 'bottleneck']),
    ...(Array.isArray(layers) && layers.length === 4
      ? layers.map((count, i) => wholeNumber(`layers[${i}]`, count))
      : [`'layers' must list the blocks of four stages, as [3,4,6,3], but is ${JSON.stringify(layers)}`]),
    oneOf('stem', config.stem, ['7x7', 'bit', 'deep', 'tiered']),
    oneOf('norm', config.norm, ['batch', 'group']),
    oneOf('outputStride', config.outputStride, [8, 16, 32]),
    config.averageDown && config.outputStride !== 32 ? "'averageDown' needs an 'outputStride' of 32" : undefined,
    ...(['width', 'classes', 'channels'] as const).map((name) => wholeNumber(name, config[name])),
    standardize === undefined || standardize > 0 ? undefined : `'standardize' must be more than 0 but is ${standardize}`,
    share('dropRate', config.dropRate),
    share('stochasticDepth', config.stochasticDepth),
    oneOf('stochasticDepthUnit', config.stochasticDepthUnit, ['sample', 'batch']),
  ]);
}

const A1H = "timm's a1h_in1k, crop of 224";
const RA4 = "timm's ra4_e3600_r224_in1k, crop of 224";
const BASIC = { block: 'basic' } as const;
const BOTTLENECK = { block: 'bottleneck' } as const;
const DEEP = { stem: 'deep', averageDown: true } as const;
const BIT = { ...BOTTLENECK, stem: 'bit', norm: 'group', standardize: 1e-8 } as const;

/** timm's pre-activation networks for ImageNet, by its names: `d` and `t` for the stem, `gn` for group norm, `bit` for Big Transfer. */
export const resnetV2s = {
  resnetv2_18: { config: { ...BASIC, layers: [2, 2, 2, 2] }, accuracy: { top1: 73.572, source: RA4 } },
  resnetv2_18d: { config: { ...BASIC, ...DEEP, layers: [2, 2, 2, 2] }, accuracy: { top1: 74.422, source: RA4 } },
  resnetv2_34: { config: { ...BASIC, layers: [3, 4, 6, 3] }, accuracy: { top1: 77.626, source: RA4 } },
  resnetv2_34d: { config: { ...BASIC, ...DEEP, layers: [3, 4, 6, 3] }, accuracy: { top1: 78.27, source: RA4 } },
  resnetv2_50: { config: { ...BOTTLENECK, layers: [3, 4, 6, 3] }, accuracy: { top1: 80.41, source: A1H } },
  resnetv2_50d: { config: { ...BOTTLENECK, ...DEEP, layers: [3, 4, 6, 3] } },
  resnetv2_50t: { config: { ...BOTTLENECK, stem: 'tiered', averageDown: true, layers: [3, 4, 6, 3] } },
  resnetv2_101: { config: { ...BOTTLENECK, layers: [3, 4, 23, 3] }, accuracy: { top1: 82.042, source: A1H } },
  resnetv2_101d: { config: { ...BOTTLENECK, ...DEEP, layers: [3, 4, 23, 3] } },
  resnetv2_152: { config: { ...BOTTLENECK, layers: [3, 8, 36, 3] } },
  resnetv2_152d: { config: { ...BOTTLENECK, ...DEEP, layers: [3, 8, 36, 3] } },
  resnetv2_50d_gn: {
    config: { ...BOTTLENECK, ...DEEP, norm: 'group', layers: [3, 4, 6, 3] },
    accuracy: { top1: 80.8, source: "timm's ah_in1k, crop of 224" },
  },
  resnetv2_50x1_bit: {
    config: { ...BIT, layers: [3, 4, 6, 3] },
    accuracy: { top1: 82.82, source: "timm's goog_distilled_in1k, crop of 224" },
  },
  resnetv2_50x3_bit: { config: { ...BIT, layers: [3, 4, 6, 3], width: 3 } },
  resnetv2_101x1_bit: { config: { ...BIT, layers: [3, 4, 23, 3] } },
  resnetv2_101x3_bit: { config: { ...BIT, layers: [3, 4, 23, 3], width: 3 } },
  resnetv2_152x2_bit: {
    config: { ...BIT, layers: [3, 8, 36, 3], width: 2 },
    accuracy: { top1: 82.918, source: "timm's goog_teacher_in21k_ft_in1k, crop of 224" },
  },
  resnetv2_152x4_bit: { config: { ...BIT, layers: [3, 8, 36, 3], width: 4 } },
} as const satisfies Record<string, { config: ResNetV2Config; accuracy?: { top1: number; source: string } }>;
