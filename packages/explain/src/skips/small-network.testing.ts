import { initialize, normal, parameters } from '@resnetjs/core';
import { type Backbone, cifarResnet } from '@resnetjs/zoo';
import type { LabelledBatch } from './labelled-images.ts';

export interface SmallNetwork {
  readonly shortcut?: 'A' | 'B' | 'C' | 'none';
  /** Blocks in each of the three stages. */
  readonly blocks?: number;
}

/** A network of two blocks in each stage, `[N,8,8,3]` to 4 classes, with norms that have seen something. The caller disposes it. */
export function smallNetwork({ shortcut = 'A', blocks = 2 }: SmallNetwork = {}): Backbone {
  const model = cifarResnet({ depth: 6 * blocks + 2, planes: [4, 6, 6], classes: 4, shortcut });
  initialize(model, { seed: 7 });
  for (const [name, parameter] of parameters(model))
    if (name.endsWith('running_var')) parameter.assign(Float32Array.from({ length: parameter.size }, (_, i) => 1 + 0.3 * Math.sin(i)));
  return model;
}

/** Batches of images `[n,8,8,3]`, with labels. */
export const smallImages = (sizes: readonly number[] = [5, 4]): LabelledBatch[] =>
  sizes.map((n, batch) => {
    const draw = normal(11 + batch);
    return {
      images: Float32Array.from({ length: n * 8 * 8 * 3 }, draw),
      shape: [n, 8, 8, 3],
      labels: Array.from({ length: n }, (_, i) => (i + batch) % 4),
    };
  });
