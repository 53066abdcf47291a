import type { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError } from '../errors.ts';
import { type Module, module } from '../module.ts';
import { moduleList } from '../module-list.ts';
import { type Activation, relu } from '../ops/activations.ts';
import { add, weightedSum } from '../ops/joining.ts';
import { globalAveragePool } from '../ops/pool.ts';
import { asPixel, takeChannels } from '../ops/shaping.ts';
import { batchNorm2d } from './batch-norm2d.ts';
import { convNorm } from './conv-norm.ts';
import { conv2d } from './conv2d.ts';
import type { NormLayer } from './norm-layer.ts';

/** How a selective kernel chooses. */
export interface SelectiveKernelOptions {
  /** Channels of the choosing part by channels; 1/16 by default. */
  readonly ratio?: number;
  /** Those are rounded to whole multiples of this; 8 by default. */
  readonly divisor?: number;
  /** Each path sees half of the channels (timm's way of few parameters, the default) rather than all of them (the paper's). */
  readonly splitInput?: boolean;
}

export interface SelectiveConvOptions extends SelectiveKernelOptions {
  readonly stride?: number;
  readonly dilation?: number;
  readonly groups?: number;
  readonly normalize?: NormLayer | undefined;
  readonly activation?: Activation;
}

/**
 * Two convolutions with windows of 3 and 5 pixels (the second dilated), mixed channel by channel as the image asks:
 * `[N,H,W,inChannels]` to `[N,H/stride,W/stride,outChannels]`.
 *
 * @throws ConfigError if the input is split but `inChannels` is odd.
 * @see Li et al. 2019, https://arxiv.org/abs/1903.06586
 */
export function selectiveKernel(
  inChannels: number,
  outChannels: number,
  {
    ratio = 1 / 16,
    divisor = 8,
    splitInput = true,
    dilation = 1,
    stride = 1,
    groups = 1,
    normalize = batchNorm2d,
    activation = 'relu',
  }: SelectiveConvOptions,
): Module {
  if (splitInput && inChannels % 2) throw new ConfigError(`selectiveKernel: ${inChannels} channels cannot be split between two paths.`);
  const seen = splitInput ? inChannels / 2 : inChannels;
  const path = (factor: number) =>
    convNorm(seen, outChannels, { kernel: 3, dilation: dilation * factor, stride, groups, activation, normalize });
  const half = (x: Tensor, index: number) => (splitInput ? takeChannels([x], { begin: index * seen, size: seen }) : x);
  return module(
    `selective kernel${stride > 1 ? ` /${stride}` : ''}`,
    {
      paths: moduleList(path(1), path(2)),
      attn: choice(outChannels, roundTo(divisor, outChannels * ratio), normalize),
    },
    (m, x, mode) => {
      const [near, far] = m.paths.items.map((path, i) => path.forward(half(x, i), mode)) as [Tensor, Tensor];
      return weightedSum(near, far, m.attn.forward(add(near, far), mode));
    },
  );
}

/** timm's rounding: to the nearest multiple, up where that would lose more than a tenth. */
function roundTo(divisor: number, channels: number): number {
  const rounded = Math.max(divisor, Math.floor((channels + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * channels ? rounded + divisor : rounded;
}

/** Scores of both paths for every channel, from the paths' sum: `[N,H,W,C]` to `[N,1,1,2C]`. */
const choice = (channels: number, hidden: number, normalize: NormLayer): Module =>
  module(
    'path scores',
    {
      fc_reduce: conv2d(channels, hidden, { kernel: 1 }),
      bn: normalize(hidden),
      fc_select: conv2d(hidden, 2 * channels, { kernel: 1 }),
    },
    (m, x, mode) => {
      const h = m.bn.forward(m.fc_reduce.forward(asPixel(globalAveragePool(x)), mode), mode);
      return m.fc_select.forward(relu(h), mode);
    },
  );
