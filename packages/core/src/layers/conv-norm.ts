import { type Module, module } from '../module.ts';
import { type Activation, activation } from '../ops/activations.ts';
import { batchNorm2d } from './batch-norm2d.ts';
import { type Conv2DOptions, conv2d } from './conv2d.ts';
import type { NormLayer } from './norm-layer.ts';

export interface ConvNormOptions extends Conv2DOptions {
  readonly normalize?: NormLayer | undefined;
  /** The norm's first scale. */
  readonly scale?: number;
  /** Absent: none. */
  readonly activation?: Activation;
}

/** A convolution `conv`, its batch norm `bn` and perhaps an activation: `[N,H,W,inChannels]` to `[N,H',W',outChannels]`. */
export function convNorm(
  inChannels: number,
  outChannels: number,
  { normalize = batchNorm2d, scale = 1, activation: name, ...options }: ConvNormOptions,
): Module {
  const activate = name && activation(name);
  return module(
    'conv and norm',
    { conv: conv2d(inChannels, outChannels, options), bn: normalize(outChannels, { scale }) },
    (m, x, mode) => {
      const h = m.bn.forward(m.conv.forward(x, mode), mode);
      return activate ? activate(h) : h;
    },
  );
}
