import { normal, uniform } from './random.ts';

/** How a parameter's first values are drawn. Plain data, so that it can be shown and compared. */
export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  /** Uniform in `[-bound, bound)`. */
  | { readonly kind: 'uniform'; readonly bound: number }
  /** Normal with this standard deviation. */
  | { readonly kind: 'normal'; readonly std: number };

export const constant = (value: number): Initializer => ({ kind: 'constant', value });

/**
 * He initialization for ReLU networks, by the fan-out as the ResNet papers' code and torchvision do.
 *
 * @param shape PyTorch's, `[out, in/groups, kh, kw]`
 * @see He et al. 2015, https://arxiv.org/abs/1502.01852
 */
export function kaimingNormal(shape: readonly number[]): Initializer {
  const [out = 1, , kh = 1, kw = 1] = shape;
  return { kind: 'normal', std: Math.sqrt(2 / (out * kh * kw)) };
}

/** PyTorch's default for linear layers, weight and bias alike: uniform within one over the root of the fan-in. */
export const linearUniform = (fanIn: number): Initializer => ({ kind: 'uniform', bound: 1 / Math.sqrt(fanIn) });

/** Draws `size` values; the same seed draws the same values. */
export function draw(initializer: Initializer, size: number, seed: number): Float32Array {
  if (initializer.kind === 'constant') return new Float32Array(size).fill(initializer.value);
  const values = new Float32Array(size);
  if (initializer.kind === 'normal') {
    const next = normal(seed);
    for (let i = 0; i < size; i++) values[i] = initializer.std * next();
  } else {
    const next = uniform(seed);
    for (let i = 0; i < size; i++) values[i] = initializer.bound * (2 * next() - 1);
  }
  return values;
}
