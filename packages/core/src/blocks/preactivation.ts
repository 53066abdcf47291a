import type { Tensor } from '@tensorflow/tfjs-core';
import { activatedNorm, batchNorm2d } from '../layers/batch-norm2d.ts';
import { type Conv2DOptions, conv2d } from '../layers/conv2d.ts';
import { type DepthUnit, dropout, passOn, type StochasticDepth, stochasticDepth } from '../layers/dropout.ts';
import { type Module, module, type Parts } from '../module.ts';
import { relu } from '../ops/activations.ts';
import { add } from '../ops/joining.ts';
import { type ResidualBlock, runBlock, withShortcut } from './residual-block.ts';

const rectified = activatedNorm(relu);

export interface PreactivationOptions {
  /** Of the first 3x3 convolution; the shortcut's is the shortcut's own. */
  readonly stride?: number;
  /** Pixels between the taps of the 3x3 convolutions. */
  readonly dilation?: number;
  /** That of the first 3x3 convolution; by default `dilation`. */
  readonly firstDilation?: number;
  /** What checkpoints of the family call a norm: `bn1` or `norm1`. */
  readonly normName?: 'bn' | 'norm';
  /** Makes the norms; batch norms by default. */
  readonly normalize?: (channels: number) => Module;
  /** What all convolutions have in common, weight standardization say. */
  readonly convolutions?: Partial<Conv2DOptions>;
  /** The projection of the shortcut by its name; it sees the activated input. None: the identity. */
  readonly projection?: Readonly<Record<string, Module>>;
  /** Whether the projection comes before the rest in checkpoints. */
  readonly projectionFirst?: boolean;
  /** The shortcut where there is no projection; by default the input as it came. */
  readonly identity?: (x: Tensor) => Tensor;
  /** Whether the identity too sees the activated input: so in a network's first block, after a bare convolution. */
  readonly activateIdentity?: boolean;
  /** Probability of dropping a value before the last convolution. */
  readonly dropRate?: number;
  /** Probability of dropping the whole branch. */
  readonly stochasticDepth?: number;
  /** What is dropped together: a sample's branch (the default), or that of the whole batch, which then costs no time. */
  readonly stochasticDepthUnit?: DepthUnit;
}

/** Channels in, of the layers between, and out. */
export interface PreactivationSize {
  readonly inChannels: number;
  readonly planes: number;
  readonly outChannels: number;
}

/** Two 3x3 convolutions, each after a norm and a ReLU, added to the shortcut; the first carries the stride. */
export function preactivationBasic(
  { inChannels, planes, outChannels }: PreactivationSize,
  options: PreactivationOptions = {},
): ResidualBlock {
  const { stride = 1, dilation = 1, firstDilation = dilation } = options;
  const layers = [
    { inC: inChannels, outC: planes, window: { kernel: 3, stride, dilation: firstDilation } },
    { inC: planes, outC: outChannels, window: { kernel: 3, dilation } },
  ];
  return preactivation('pre-activation block', layers, options);
}

/** 1x1, 3x3 and 1x1 convolutions, each after a norm and a ReLU, added to the shortcut; the 3x3 carries the stride. */
export function preactivationBottleneck(
  { inChannels, planes, outChannels }: PreactivationSize,
  options: PreactivationOptions = {},
): ResidualBlock {
  const { stride = 1, dilation = 1, firstDilation = dilation } = options;
  const layers = [
    { inC: inChannels, outC: planes, window: { kernel: 1 } },
    { inC: planes, outC: planes, window: { kernel: 3, stride, dilation: firstDilation } },
    { inC: planes, outC: outChannels, window: { kernel: 1 } },
  ];
  return preactivation('pre-activation bottleneck', layers, options);
}

/**
 * F(x) + x with norms and ReLUs before the convolutions and nothing after the sum, so that the identity runs through
 * the whole network untouched.
 *
 * @see He et al. 2016, figure 4(e), https://arxiv.org/abs/1603.05027
 */
function preactivation(
  kind: string,
  layers: readonly { readonly inC: number; readonly outC: number; readonly window: Conv2DOptions }[],
  options: PreactivationOptions,
): ResidualBlock {
  const { normName = 'bn', normalize = batchNorm2d, convolutions, projection = {}, projectionFirst = false } = options;
  const {
    identity = (x) => x,
    activateIdentity = false,
    dropRate = 0,
    stochasticDepth: depthRate = 0,
    stochasticDepthUnit: unit = 'sample',
  } = options;
  const steps = layers.map((layer, i) => ({ ...layer, norm: `${normName}${i + 1}`, conv: `conv${i + 1}` }));
  const chain = Object.fromEntries(
    steps.flatMap(({ inC, outC, window, norm, conv }): [string, Module][] => [
      [norm, normalize(inC)],
      [conv, conv2d(inC, outC, { ...convolutions, ...window })],
    ]),
  );
  const parts: Parts = {
    ...(projectionFirst ? { ...projection, ...chain } : { ...chain, ...projection }),
    ...(dropRate !== 0 && { drop: dropout(dropRate) }),
    ...(depthRate !== 0 && { drop_path: stochasticDepth(depthRate, { unit }) }),
  };
  const [projected] = Object.keys(projection);
  const resizes = layers[0]?.inC !== layers.at(-1)?.outC || layers.some(({ window }) => (window.stride ?? 1) !== 1);
  const sharesStart = projected !== undefined || activateIdentity;
  const data: { skipped: boolean; readonly drop_path?: StochasticDepth } = { skipped: false };
  const block = module(kind, { ...parts, ...data }, (m, x, mode) => {
    const run = (name: string, input: Tensor) => (m[name as keyof typeof m] as Module).forward(input, mode);
    const activated = (norm: string, input: Tensor) => rectified(m[norm as keyof typeof m] as Module, input, mode);
    const activate = () => activated(`${normName}1`, x);
    const around = (start: () => Tensor) => (projected ? run(projected, start()) : identity(activateIdentity ? start() : x));
    const whole = () => {
      const start = activate();
      let h = start;
      for (const [i, { norm, conv }] of steps.entries()) {
        if (i > 0) h = activated(norm, h);
        if ('drop' in m && i === steps.length - 1) h = run('drop', h);
        h = run(conv, h);
      }
      if (m.drop_path) h = run('drop_path', h);
      return add(
        h,
        around(() => start),
      );
    };
    const alone = () => (sharesStart || resizes ? around(activate) : passOn('skipped block', x));
    return runBlock(m, mode, { whole, dropped: alone, skipped: alone });
  });
  return withShortcut(block, {
    kind: projected ? 'projection' : resizes ? 'padded' : 'identity',
    resizes,
    parts: sharesStart ? [`${normName}1`, ...Object.keys(projection)] : [],
  });
}
