import {
  constant,
  conv2d,
  globalAveragePool,
  highwayBlock,
  linear,
  type Module,
  maxPool2d,
  module,
  relu,
  sequential,
} from '@resnetjs/core';
import { type Backbone, backbone } from './backbone.ts';
import { refuse, unknownNames, wholeNumber } from './config-faults.ts';

/** Everything that makes a convolutional highway network. Plain JSON. */
export interface HighwayNetConfig {
  /** Widths of the 3x3 layers of three stages, in order: one that keeps the width is a highway, one that changes it is plain. */
  readonly layers: readonly [readonly number[], readonly number[], readonly number[]];
  /** First bias of every gate: negative, so that a new network mostly carries. */
  readonly gateBias?: number;
  readonly classes?: number;
  readonly channels?: number;
}

const DEFAULTS = { gateBias: -1, classes: 10, channels: 3 } as const;

/**
 * A fully convolutional highway network for images of 32x32: three stages of 3x3 layers with max pools between them, a
 * 1x1 layer, global pooling, one linear layer. `[N,H,W,channels]` to `[N,classes]`. It has no norms: its gates are what
 * lets it be deep.
 *
 * @throws ConfigError listing every invalid option.
 * @see Srivastava et al. 2015, section 4.2, https://arxiv.org/abs/1505.00387
 */
export function highwayNet(config: HighwayNetConfig): Backbone {
  const full = { ...DEFAULTS, ...config };
  refuseImpossible(full);
  const { layers, gateBias, classes, channels } = full;
  const [stemWidth, ...rest] = layers[0] as [number, ...number[]];
  let inChannels = stemWidth;
  const stage = (widths: readonly number[]) =>
    widths.map((width) => {
      const layer = width === inChannels ? highwayBlock(width, { gateBias }) : plainLayer(inChannels, width);
      inChannels = width;
      return layer;
    });
  const pool = maxPool2d({ kernel: 2 });
  const parts = {
    conv1: plainLayer(channels, stemWidth),
    layer1: sequential(...stage(rest)),
    layer2: sequential(pool, ...stage(layers[1])),
    layer3: sequential(pool, ...stage(layers[2])),
    last: highwayBlock(inChannels, { kernel: 1, gateBias }),
    fc: linear(inChannels, classes),
  };
  return backbone('highway network', parts, {
    config,
    stem: (m, x, mode) => m.conv1.forward(x, mode),
    stages: ['layer1', 'layer2', 'layer3'],
    embed: (m, last, mode) => globalAveragePool(m.last.forward(last, mode)),
    head: (m, embedding, mode) => m.fc.forward(embedding, mode),
  });
}

/** A 3x3 convolution and ReLU: what changes the width, which nothing can be carried across. */
const plainLayer = (inChannels: number, outChannels: number): Module =>
  module('plain layer', { conv: conv2d(inChannels, outChannels, { kernel: 3, bias: constant(0) }) }, (m, x, mode) =>
    relu(m.conv.forward(x, mode)),
  );

function refuseImpossible(config: Required<HighwayNetConfig>): void {
  const { layers, gateBias } = config;
  const isList = Array.isArray(layers) && layers.length === 3 && layers.every((widths) => Array.isArray(widths) && widths.length);
  refuse('highwayNet', [
    ...unknownNames(config, ['layers', ...Object.keys(DEFAULTS)]),
    ...(isList
      ? layers.flatMap((widths, i) => widths.map((width, j) => wholeNumber(`layers[${i}][${j}]`, width)))
      : [`'layers' must list the widths of three stages, as [[32,32],[64,64],[128,128]], but is ${JSON.stringify(layers)}`]),
    Number.isFinite(gateBias) && gateBias < 0
      ? undefined
      : `'gateBias' must be negative, so that layers carry at first, but is ${gateBias}`,
    ...(['classes', 'channels'] as const).map((name) => wholeNumber(name, config[name])),
  ]);
}

const times = (count: number, width: number): number[] => new Array<number>(count).fill(width);

/**
 * Highway networks for CIFAR-10 of the depths in the paper's table 1. Its authors print depths and numbers of parameters
 * (2.3 million at 19 layers, 1.25 million at 32), not widths: those of 19 layers are FitNet-4's, after which they are
 * made (Romero et al. 2014, https://arxiv.org/abs/1412.6550), those of 32 were chosen to come to as many.
 */
export const highwayNets = {
  highway19_cifar: { config: { layers: [[...times(3, 32), ...times(2, 48)], times(6, 80), times(6, 128)] } },
  highway32_cifar: { config: { layers: [times(10, 24), times(10, 40), times(10, 72)] } },
} satisfies Record<string, { config: HighwayNetConfig }>;
