import { convNorm } from '../layers/conv-norm.ts';
import { type SelectiveKernelOptions, selectiveKernel } from '../layers/selective-kernel.ts';
import { module } from '../module.ts';
import { BOTTLENECK_EXPANSION, type BottleneckOptions, bottleneckWidth } from './bottleneck.ts';
import type { BlockOptions } from './options.ts';
import { lastNorm, residual } from './residual.ts';
import { type ResidualBlock, withShortcut } from './residual-block.ts';

/** A basic block whose first convolution selects between two windows, with timm's names. */
export function selectiveBasicBlock(
  inChannels: number,
  planes: number,
  options: BlockOptions,
  kernel: SelectiveKernelOptions,
): ResidualBlock {
  const { stride = 1, dilation = 1, firstDilation = dilation, normalize, activation = 'relu' } = options;
  const { parts, shortcut, join } = residual({ inChannels, outChannels: planes, stride }, options);
  const block = module(
    'selective basic block',
    {
      conv1: selectiveKernel(inChannels, planes, { ...kernel, stride, dilation: firstDilation, normalize, activation }),
      conv2: convNorm(planes, planes, { kernel: 3, dilation, normalize, ...lastNorm(options) }),
      ...parts,
    },
    (m, x, mode) => join(m, () => m.conv2.forward(m.conv1.forward(x, mode), mode), x, mode),
  );
  return withShortcut(block, shortcut);
}

/**
 * A bottleneck whose 3x3 convolution selects between two windows, with timm's names.
 *
 * @see Li et al. 2019, table 1, https://arxiv.org/abs/1903.06586
 */
export function selectiveBottleneck(
  inChannels: number,
  planes: number,
  options: BottleneckOptions,
  kernel: SelectiveKernelOptions,
): ResidualBlock {
  const { stride = 1, dilation = 1, firstDilation = dilation, groups = 1, normalize, activation = 'relu' } = options;
  const width = bottleneckWidth(planes, options);
  const outChannels = planes * BOTTLENECK_EXPANSION;
  const { parts, shortcut, join } = residual({ inChannels, outChannels, stride }, options);
  const block = module(
    'selective bottleneck',
    {
      conv1: convNorm(inChannels, width, { kernel: 1, normalize, activation }),
      conv2: selectiveKernel(width, width, { ...kernel, stride, dilation: firstDilation, groups, normalize, activation }),
      conv3: convNorm(width, outChannels, { kernel: 1, normalize, ...lastNorm(options) }),
      ...parts,
    },
    (m, x, mode) => join(m, () => m.conv3.forward(m.conv2.forward(m.conv1.forward(x, mode), mode), mode), x, mode),
  );
  return withShortcut(block, shortcut);
}
