import { batchNorm2d, conv2d, dropout, globalAveragePool, initialize, linear, type Module, module, relu } from '@resnetjs/core';
import type { Batch } from '../batch.ts';

export interface TinyNetOptions {
  readonly classes?: number;
  readonly channels?: number;
  readonly width?: number;
  /** Of a dropout before the linear layer, which draws from the step's seed. */
  readonly dropRate?: number;
  readonly seed?: number;
}

/** A convolution, a batch norm and a linear layer: all that training has to deal with, and small. */
export function tinyNet({ classes = 3, channels = 1, width = 4, dropRate = 0, seed = 1 }: TinyNetOptions = {}): Module {
  const parts = {
    conv: conv2d(channels, width, { kernel: 3 }),
    bn: batchNorm2d(width),
    drop: dropout(dropRate),
    fc: linear(width, classes),
  };
  const net = module('tiny net', parts, (m, x, mode) =>
    m.fc.forward(m.drop.forward(globalAveragePool(relu(m.bn.forward(m.conv.forward(x, mode), mode))), mode), mode),
  );
  initialize(net, { seed });
  return net;
}

/** Images of `side` pixels whose brightness and stripes tell their class, with noise that repeats for the same seed. */
export function stripes(
  count: number,
  { seed = 0, side = 6, classes = 3 }: { seed?: number; side?: number; classes?: number } = {},
): Batch {
  const data = new Float32Array(count * side * side);
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  for (let i = 0; i < data.length; i++) {
    const [image, pixel] = [Math.floor(i / side ** 2), i % side ** 2];
    const label = labels[image] as number;
    const stripe = label === 0 ? 0 : label === 1 ? pixel % 2 : Math.floor(pixel / side) % 2;
    data[i] = 2 * stripe - 0.5 + 0.8 * Math.sin((i + 1) * 12.9898 + seed * 78.233);
  }
  return { images: data, shape: [count, side, side, 1], labels, indices: Int32Array.from({ length: count }, (_, i) => i) };
}
