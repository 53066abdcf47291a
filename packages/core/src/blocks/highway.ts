import { constant } from '../initializer.ts';
import { conv2d } from '../layers/conv2d.ts';
import { passOn } from '../layers/dropout.ts';
import { module } from '../module.ts';
import { relu } from '../ops/activations.ts';
import { highway } from '../ops/joining.ts';
import { type ResidualBlock, withShortcut } from './residual-block.ts';

export interface HighwayOptions {
  /** Height and width of both filters. */
  readonly kernel?: number;
  /** First bias of the gate. Negative: a new layer mostly carries its input, and is the more open the nearer to 0. */
  readonly gateBias?: number;
}

/**
 * T·ReLU(conv(x)) + (1 − T)·x, where the gate T = sigmoid(gate(x)) has weights of its own: the shortcut that a residual
 * block adds as it is, a highway layer weighs. `[N,H,W,C]` to the same.
 *
 * @see Srivastava et al. 2015, section 2, https://arxiv.org/abs/1505.00387
 */
export function highwayBlock(channels: number, { kernel = 3, gateBias = -1 }: HighwayOptions = {}): ResidualBlock {
  const layer = module(
    'highway layer',
    {
      conv: conv2d(channels, channels, { kernel, bias: constant(0) }),
      gate: conv2d(channels, channels, { kernel, bias: constant(gateBias) }),
      skipped: false as boolean,
    },
    (m, x, mode) => (m.skipped ? passOn('skipped layer', x) : highway(relu(m.conv.forward(x, mode)), x, m.gate.forward(x, mode))),
  );
  return withShortcut(layer, { kind: 'identity', resizes: false, parts: [] });
}
