import { activatedNorm, batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { module } from '../module.ts';
import { activation } from '../ops/activations.ts';
import type { BlockOptions } from './options.ts';
import { lastNorm, residual, subsampling } from './residual.ts';
import { type ResidualBlock, withShortcut } from './residual-block.ts';

/** How many times wider a bottleneck's output is than its planes. */
export const BOTTLENECK_EXPANSION = 4;

export interface BottleneckOptions extends BlockOptions {
  /** Groups of the 3x3 convolution: ResNeXt's cardinality. */
  readonly groups?: number;
  /** Channels of each group where planes is 64: 128 makes a network twice as wide. */
  readonly groupWidth?: number;
  /** Which convolution carries the stride: the first 1x1 as in the paper, or the 3x3 (the default, torchvision's v1.5). */
  readonly strideIn?: '1x1' | '3x3';
}

/** Channels inside a bottleneck. */
export const bottleneckWidth = (planes: number, { groups = 1, groupWidth = 64 }: BottleneckOptions): number =>
  Math.floor((planes * groupWidth) / 64) * groups;

/**
 * 1x1 down, 3x3, 1x1 up and a shortcut: ReLU(F(x) + x), `[N,H,W,inChannels]` to `[N,H/stride,W/stride,4*planes]`.
 *
 * @see He et al. 2015, figure 5 right, https://arxiv.org/abs/1512.03385
 * @see Xie et al. 2016 (groups), https://arxiv.org/abs/1611.05431
 */
export function bottleneck(inChannels: number, planes: number, options: BottleneckOptions = {}): ResidualBlock {
  const {
    stride = 1,
    dilation = 1,
    firstDilation = dilation,
    groups = 1,
    reduceFirst = 1,
    normalize = batchNorm2d,
    strideIn = '3x3',
  } = options;
  const width = bottleneckWidth(planes, options);
  const first = Math.floor(width / reduceFirst);
  const outChannels = planes * BOTTLENECK_EXPANSION;
  const { parts, shortcut, join } = residual({ inChannels, outChannels, stride }, options);
  const { convStride, subsample } = subsampling(strideIn === '1x1' ? { ...options, stride: 1 } : options);
  const activated = activatedNorm(activation(options.activation ?? 'relu'));
  const block = module(
    'bottleneck',
    {
      conv1: conv2d(inChannels, first, { kernel: 1, stride: strideIn === '1x1' ? stride : 1 }),
      bn1: normalize(first),
      conv2: conv2d(first, width, { kernel: 3, stride: convStride, dilation: firstDilation, groups }),
      bn2: normalize(width),
      conv3: conv2d(width, outChannels, { kernel: 1 }),
      bn3: normalize(outChannels, lastNorm(options)),
      ...parts,
    },
    (m, x, mode) => {
      const branch = () => {
        let h = activated(m.bn1, m.conv1.forward(x, mode), mode);
        h = subsample(activated(m.bn2, m.conv2.forward(h, mode), mode));
        return m.bn3.forward(m.conv3.forward(h, mode), mode);
      };
      return join(m, branch, x, mode);
    },
  );
  return withShortcut(block, shortcut);
}
