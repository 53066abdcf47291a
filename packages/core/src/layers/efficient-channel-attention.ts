import { linearUniform } from '../initializer.ts';
import { type Module, module } from '../module.ts';
import { sigmoid } from '../ops/activations.ts';
import { channelConvolution } from '../ops/convolution/channel-convolution.ts';
import { scaleChannels } from '../ops/joining.ts';
import { globalAveragePool } from '../ops/pool.ts';
import { asPixel } from '../ops/shaping.ts';
import { Parameter } from '../parameter.ts';

/** How many neighbouring channels see each other: an odd number near (log2(channels) + 1) / 2. */
function reach(channels: number): number {
  const size = Math.trunc((Math.log2(channels) + 1) / 2);
  return Math.max(size % 2 ? size : size + 1, 3);
}

/**
 * Efficient channel attention: `x * sigmoid(conv along channels(mean of x))`, `[N,H,W,channels]` to the same, with
 * three to seven weights in all.
 *
 * @see Wang et al. 2019, https://arxiv.org/abs/1910.03151
 */
export function efficientChannelAttention(channels: number): Module {
  const size = reach(channels);
  const conv = module(
    `channel conv ${size}`,
    { weight: new Parameter([1, 1, size], { role: 'weight', initializer: linearUniform(size) }) },
    (m, x) => channelConvolution([x, m.weight], {}),
  );
  return module('efficient channel attention', { conv }, (m, x, mode) =>
    scaleChannels(x, sigmoid(m.conv.forward(asPixel(globalAveragePool(x)), mode))),
  );
}
