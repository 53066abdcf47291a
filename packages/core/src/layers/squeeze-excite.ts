import { type Module, module } from '../module.ts';
import { relu, sigmoid } from '../ops/activations.ts';
import { scaleChannels } from '../ops/joining.ts';
import { globalAveragePool } from '../ops/pool.ts';
import { asPixel } from '../ops/shaping.ts';
import { conv2d } from './conv2d.ts';

/** Hidden channels are rounded to whole multiples of this, as timm does. */
const DIVISOR = 8;

/**
 * Squeeze and excitation: `x * sigmoid(fc2(relu(fc1(mean of x))))`, `[N,H,W,channels]` to the same.
 *
 * @param ratio hidden channels by channels
 * @see Hu et al. 2017, https://arxiv.org/abs/1709.01507
 */
export function squeezeExcite(channels: number, ratio = 1 / 16): Module {
  const hidden = Math.max(DIVISOR, Math.floor((channels * ratio + DIVISOR / 2) / DIVISOR) * DIVISOR);
  return module(
    'squeeze and excitation',
    {
      fc1: conv2d(channels, hidden, { kernel: 1, bias: true }),
      fc2: conv2d(hidden, channels, { kernel: 1, bias: true }),
    },
    (m, x, mode) => {
      const h = relu(m.fc1.forward(asPixel(globalAveragePool(x)), mode)); // [N,1,1,hidden]
      return scaleChannels(x, sigmoid(m.fc2.forward(h, mode)));
    },
  );
}
