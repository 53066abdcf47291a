import { dropout, passOn } from '../layers/dropout.ts';
import { linear } from '../layers/linear.ts';
import { module } from '../module.ts';
import { relu } from '../ops/activations.ts';
import { add, addRelu } from '../ops/joining.ts';
import { type ResidualBlock, withShortcut } from './residual-block.ts';

export interface DenseResidualOptions {
  /** Features of the layer between; half of the block's by default. */
  readonly hidden?: number;
  /** Probability of dropping a feature on its way into the branch. */
  readonly dropRate?: number;
  /** Whether a ReLU follows the sum. */
  readonly relu?: boolean;
}

/**
 * A residual block for feature vectors: dropout, a linear layer down, ReLU, a linear layer up, and the sum with the
 * input, `[N,features]` to the same.
 *
 * @see He et al. 2015, equation 1 with fully-connected layers, https://arxiv.org/abs/1512.03385
 */
export function denseResidualBlock(
  features: number,
  { hidden = Math.ceil(features / 2), dropRate = 0, relu: rectified = true }: DenseResidualOptions = {},
): ResidualBlock {
  const block = module(
    'dense residual block',
    {
      drop: dropRate === 0 ? undefined : dropout(dropRate),
      fc1: linear(features, hidden),
      fc2: linear(hidden, features),
      skipped: false as boolean,
    },
    (m, x, mode) => {
      if (m.skipped) return passOn('skipped block', x);
      const h = m.drop ? m.drop.forward(x, mode) : x;
      const residual = m.fc2.forward(relu(m.fc1.forward(h, mode)), mode);
      return rectified ? addRelu(residual, x) : add(residual, x);
    },
  );
  return withShortcut(block, { kind: 'identity', resizes: false, parts: [] });
}
