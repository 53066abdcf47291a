import {
  batchNorm2d,
  conv2d,
  globalAveragePool,
  identity,
  linear,
  preactivationBasic,
  preactivationBottleneck,
  relu,
  sequential,
} from '@resnetjs/core';
import { type Backbone, backbone } from './backbone.ts';
import { oneOf, refuse, share, unknownNames, wholeNumber } from './config-faults.ts';

/** Everything that makes a pre-activation ResNet for CIFAR. Plain JSON. */
export interface PreactivationResNetConfig {
  /** 6n + 2 of basic blocks, 9n + 2 of bottlenecks. */
  readonly depth: number;
  readonly block: 'basic' | 'bottleneck';
  readonly classes?: number;
  readonly channels?: number;
  /** Probability of dropping a value before the last convolution of a block. */
  readonly dropRate?: number;
}

const STAGE_PLANES = [16, 32, 64] as const;
const DEFAULTS = { classes: 10, channels: 3, dropRate: 0 } as const;

/**
 * A pre-activation residual network for images of 32x32: a bare 3x3 stem, three stages of 16, 32 and 64 planes, a last
 * norm and ReLU, global pooling, one linear layer. `[N,H,W,channels]` to `[N,classes]`.
 *
 * As in the paper, basic blocks pad new channels with zeros; bottlenecks project them, from the activated input; and the
 * first block's norm and ReLU stand before both of its paths. Its parts are named as in bearpaw/pytorch-classification,
 * whose projections however see the input as it came.
 *
 * @throws ConfigError listing every invalid option.
 * @see He et al. 2016, appendix, https://arxiv.org/abs/1603.05027
 */
export function preactivationResnet(config: PreactivationResNetConfig): Backbone {
  const full = { ...DEFAULTS, ...config };
  const { depth, block, classes, channels, dropRate } = full;
  const layersPerBlock = block === 'basic' ? 2 : 3;
  const blocksPerStage = (depth - 2) / (3 * layersPerBlock);
  refuse('preactivationResnet', [
    ...unknownNames(full, ['depth', 'block', ...Object.keys(DEFAULTS)]),
    oneOf('block', block, ['basic', 'bottleneck']),
    Number.isInteger(blocksPerStage) && blocksPerStage >= 1
      ? undefined
      : `'depth' must be ${block === 'basic' ? '6n + 2 (20, 56, 110, …) of basic blocks' : '9n + 2 (20, 164, 1001, …) of bottlenecks'} but is ${depth}`,
    ...(['classes', 'channels'] as const).map((name) => wholeNumber(name, full[name])),
    share('dropRate', dropRate),
  ]);
  const expansion = block === 'basic' ? 1 : 4;
  let inChannels: number = STAGE_PLANES[0];
  const stage = (planes: number, firstStride: number) =>
    sequential(
      ...Array.from({ length: blocksPerStage }, (_, i) => {
        const size = { inChannels, planes, outChannels: planes * expansion, stride: i === 0 ? firstStride : 1 };
        const { stride, outChannels } = size;
        const changes = stride !== 1 || inChannels !== outChannels;
        const isFirst = i === 0 && planes === STAGE_PLANES[0];
        inChannels = outChannels;
        return block === 'basic'
          ? preactivationBasic(size, { stride, dropRate, identity: (x) => identity(x, size), activateIdentity: isFirst })
          : preactivationBottleneck(size, {
              stride,
              dropRate,
              ...(changes && { projection: { downsample: sequential(conv2d(size.inChannels, outChannels, { kernel: 1, stride })) } }),
            });
      }),
    );
  const parts = {
    conv1: conv2d(channels, STAGE_PLANES[0], { kernel: 3 }),
    layer1: stage(STAGE_PLANES[0], 1),
    layer2: stage(STAGE_PLANES[1], 2),
    layer3: stage(STAGE_PLANES[2], 2),
    bn: batchNorm2d(inChannels),
    fc: linear(inChannels, classes),
  };
  return backbone('pre-activation resnet', parts, {
    config,
    stem: (m, x, mode) => m.conv1.forward(x, mode),
    stages: ['layer1', 'layer2', 'layer3'],
    embed: (m, last, mode) => globalAveragePool(relu(m.bn.forward(last, mode))),
    head: (m, embedding, mode) => m.fc.forward(embedding, mode),
  });
}

const PAPER = 'He et al. 2016, table 3, CIFAR-10 test set';

/** The CIFAR-10 networks of the paper on identity mappings. */
export const preactivationResnets = {
  preact_resnet110_cifar: { config: { depth: 110, block: 'basic' }, accuracy: { top1: 93.63, source: PAPER } },
  preact_resnet164_cifar: { config: { depth: 164, block: 'bottleneck' }, accuracy: { top1: 94.54, source: PAPER } },
  preact_resnet1001_cifar: { config: { depth: 1001, block: 'bottleneck' }, accuracy: { top1: 95.08, source: PAPER } },
} as const satisfies Record<string, { config: PreactivationResNetConfig; accuracy?: { top1: number; source: string } }>;
