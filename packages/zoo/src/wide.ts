import { batchNorm2d, conv2d, globalAveragePool, linear, module, preactivationBasic, relu, sequential } from '@resnetjs/core';
import { type Backbone, backbone } from './backbone.ts';
import { refuse, share, unknownNames, wholeNumber } from './config-faults.ts';

/** Everything that makes a Wide ResNet for CIFAR. Plain JSON. */
export interface WideResNetConfig {
  /** 6n + 4: three stages of n blocks of two layers, and what the projections and the ends count. */
  readonly depth: number;
  /** How many times wider than the network of 16, 32 and 64 planes: the paper's k. */
  readonly width: number;
  readonly classes?: number;
  readonly channels?: number;
  /** Probability of dropping a value between the two convolutions of a block; the paper's is 0.3 on CIFAR. */
  readonly dropRate?: number;
}

const STAGE_PLANES = [16, 32, 64] as const;
const DEFAULTS = { classes: 10, channels: 3, dropRate: 0 } as const;

/**
 * A wide residual network for images of 32x32: a 3x3 stem of 16 channels, three stages of pre-activation blocks that
 * are `width` times as wide, global pooling, one linear layer. `[N,H,W,channels]` to `[N,classes]`. Its parts are
 * named as in xternalz/WideResNet-pytorch, whose checkpoints robustness studies use.
 *
 * @throws ConfigError listing every invalid option.
 * @see Zagoruyko & Komodakis 2016, table 1, https://arxiv.org/abs/1605.07146
 */
export function wideResnet(config: WideResNetConfig): Backbone {
  const full = { ...DEFAULTS, ...config };
  const { depth, width, classes, channels, dropRate } = full;
  refuse('wideResnet', [
    ...unknownNames(full, ['depth', 'width', ...Object.keys(DEFAULTS)]),
    (depth - 4) % 6 === 0 && depth >= 10 ? undefined : `'depth' must be 6n + 4 (10, 16, 22, 28, 40, …) but is ${depth}`,
    ...(['width', 'classes', 'channels'] as const).map((name) => wholeNumber(name, full[name])),
    share('dropRate', dropRate),
  ]);
  let inChannels: number = STAGE_PLANES[0];
  const stage = (planes: number, firstStride: number) => {
    const outChannels = planes * width;
    const blocks = Array.from({ length: (depth - 4) / 6 }, (_, i) => {
      const stride = i === 0 ? firstStride : 1;
      const projects = stride !== 1 || inChannels !== outChannels;
      const made = preactivationBasic(
        { inChannels, planes: outChannels, outChannels },
        { stride, dropRate, ...(projects && { projection: { convShortcut: conv2d(inChannels, outChannels, { kernel: 1, stride }) } }) },
      );
      inChannels = outChannels;
      return made;
    });
    return module('stage', { layer: sequential(...blocks) }, (m, x, mode) => m.layer.forward(x, mode));
  };
  const parts = {
    conv1: conv2d(channels, STAGE_PLANES[0], { kernel: 3 }),
    block1: stage(STAGE_PLANES[0], 1),
    block2: stage(STAGE_PLANES[1], 2),
    block3: stage(STAGE_PLANES[2], 2),
    bn1: batchNorm2d(inChannels),
    fc: linear(inChannels, classes),
  };
  return backbone('wide resnet', parts, {
    config,
    stem: (m, x, mode) => m.conv1.forward(x, mode),
    stages: ['block1', 'block2', 'block3'],
    embed: (m, last, mode) => globalAveragePool(relu(m.bn1.forward(last, mode))),
    head: (m, embedding, mode) => m.fc.forward(embedding, mode),
  });
}

const PAPER = 'Zagoruyko & Komodakis 2016, table 5, CIFAR-10 test set';

/** The CIFAR-10 networks of the Wide ResNet paper: `wrn28_10_cifar` is 28 layers deep and 10 times as wide. */
export const wideResnets = {
  wrn16_8_cifar: { config: { depth: 16, width: 8 }, accuracy: { top1: 95.73, source: PAPER } },
  wrn40_4_cifar: { config: { depth: 40, width: 4 }, accuracy: { top1: 95.47, source: PAPER } },
  wrn28_10_cifar: { config: { depth: 28, width: 10 }, accuracy: { top1: 96, source: PAPER } },
} as const satisfies Record<string, { config: WideResNetConfig; accuracy?: { top1: number; source: string } }>;
