import {
  basicBlock,
  batchNorm2d,
  constant,
  conv2d,
  denseBlock,
  globalAveragePool,
  highwayBlock,
  type Layer,
  linear,
  type Module,
  module,
  type NormLayer,
  Parameter,
  parameters,
  relu,
  sequential,
} from '@resnetjs/core';
import { add, mul } from '@tensorflow/tfjs-core';

/** How a net's layers are joined. */
export type NetKind = 'plain' | 'residual' | 'highway' | 'dense';

export interface NetOptions {
  /** Layers with weights, 4n + 2: a first one, two stages of 2n, a last one. */
  readonly depth: number;
  /** Whether convolutions are followed by batch norm. */
  readonly batchNorm: boolean;
}

/** Channels of the first stage; the second has twice as many. */
const WIDTH = 8;
/** Channels that each dense layer adds. */
const GROWTH = 4;

/**
 * A net for handwritten digits, `[N,28,28,1]` to `[N,10]`, whose layers are 3x3 convolutions at 14x14 and then at 7x7 pixels.
 * Plain and residual nets have the very same layers and numbers of parameters: one adds, the other does not.
 */
export function buildNet(kind: NetKind, { depth, batchNorm }: NetOptions): Module {
  const blocks = (depth - 2) / 4;
  const normalize = batchNorm ? batchNorm2d : scaleAndShift();
  const { steps, channels } = body(kind, blocks, normalize);
  return sequential(layer(1, WIDTH, { stride: 2, normalize }), ...steps, globalAveragePool, linear(channels, 10));
}

function body(kind: NetKind, blocks: number, normalize: NormLayer): { steps: Layer[]; channels: number } {
  const layers = 2 * blocks;
  if (kind === 'highway') {
    const highways = (count: number, width: number) => Array.from({ length: count }, () => highwayBlock(width, { gateBias: -2 }));
    const down = layer(WIDTH, 2 * WIDTH, { stride: 2, normalize });
    return { steps: [...highways(layers, WIDTH), down, ...highways(layers - 1, 2 * WIDTH)], channels: 2 * WIDTH };
  }
  if (kind === 'dense') {
    const dense = (count: number) => denseBlock(WIDTH, { layers: count, growth: GROWTH, bottleneck: 0 });
    const down = layer(WIDTH + layers * GROWTH, WIDTH, { stride: 2, normalize });
    const channels = WIDTH + (layers - 1) * GROWTH;
    return { steps: [dense(layers), down, dense(layers - 1), batchNorm2d(channels), relu], channels };
  }
  const shortcut = kind === 'residual' ? 'A' : 'none';
  // Sums of as many residuals as there are blocks grow too large unless a norm, or a scale like this, keeps them small.
  const residualNorm = normalize === batchNorm2d || kind === 'plain' ? normalize : scaleAndShift(1 / Math.sqrt(2 * blocks));
  const stage = (inChannels: number, planes: number) =>
    Array.from({ length: blocks }, (_, i) =>
      basicBlock(i === 0 ? inChannels : planes, planes, {
        stride: i === 0 && planes > inChannels ? 2 : 1,
        shortcut,
        normalize: residualNorm,
      }),
    );
  return { steps: [...stage(WIDTH, WIDTH), ...stage(WIDTH, 2 * WIDTH)], channels: 2 * WIDTH };
}

/** A 3x3 convolution, its norm and ReLU. */
const layer = (inChannels: number, outChannels: number, { stride, normalize }: { stride: number; normalize: NormLayer }): Module =>
  module('layer', { conv: conv2d(inChannels, outChannels, { kernel: 3, stride }), norm: normalize(outChannels) }, (m, x, mode) =>
    relu(m.norm.forward(m.conv.forward(x, mode), mode)),
  );

/** What a batch norm does but for normalizing: each channel gets a scale and a shift that are learned. */
const scaleAndShift =
  (first = 1): NormLayer =>
  (channels) =>
    module(
      'scale and shift',
      {
        weight: new Parameter([channels], { role: 'norm', initializer: constant(first) }),
        bias: new Parameter([channels], { role: 'norm', initializer: constant(0) }),
      },
      (m, x) => add(mul(x, m.weight.variable), m.bias.variable),
    );

/** The names of the weights of each layer, first layer first; a highway layer's gate is part of it. */
export function layersOf(net: Module): string[][] {
  const layers = new Map<string, string[]>();
  for (const [name, { role }] of parameters(net)) {
    if (role !== 'weight') continue;
    const key = name.replace(/\.gate\.weight$/, '.conv.weight');
    layers.set(key, [...(layers.get(key) ?? []), name]);
  }
  return [...layers.values()];
}
