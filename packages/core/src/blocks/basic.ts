import { activatedNorm, batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { module } from '../module.ts';
import { activation } from '../ops/activations.ts';
import type { BlockOptions } from './options.ts';
import { lastNorm, residual, subsampling } from './residual.ts';
import { type ResidualBlock, withShortcut } from './residual-block.ts';

/**
 * Two 3x3 convolutions and a shortcut: ReLU(F(x) + x), `[N,H,W,inChannels]` to `[N,H/stride,W/stride,planes]`.
 *
 * @see He et al. 2015, figure 5 left, https://arxiv.org/abs/1512.03385
 */
export function basicBlock(inChannels: number, planes: number, options: BlockOptions = {}): ResidualBlock {
  const { stride = 1, dilation = 1, firstDilation = dilation, reduceFirst = 1, normalize = batchNorm2d } = options;
  const width = Math.floor(planes / reduceFirst);
  const { parts, shortcut, join } = residual({ inChannels, outChannels: planes, stride }, options);
  const { convStride, subsample } = subsampling(options);
  const activated = activatedNorm(activation(options.activation ?? 'relu'));
  const block = module(
    'basic block',
    {
      conv1: conv2d(inChannels, width, { kernel: 3, stride: convStride, dilation: firstDilation }),
      bn1: normalize(width),
      conv2: conv2d(width, planes, { kernel: 3, dilation }),
      bn2: normalize(planes, lastNorm(options)),
      ...parts,
    },
    (m, x, mode) => {
      const branch = () => {
        const h = subsample(activated(m.bn1, m.conv1.forward(x, mode), mode));
        return m.bn2.forward(m.conv2.forward(h, mode), mode);
      };
      return join(m, branch, x, mode);
    },
  );
  return withShortcut(block, shortcut);
}
