import type { Module, TraceNode } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Block, blocksOf } from './blocks-of.ts';
import { classesOf, firstShape, type LabelledImages, showEach } from './labelled-images.ts';
import { learnedLayers } from './learned-layers.ts';
import type { StudyOptions } from './lesions.ts';
import { type Probe, probe } from './probe.ts';
import { momentsOf, type Spread, spread } from './spread.ts';

/** How strongly one layer responds. */
export interface LayerResponse {
  /** The layer's dotted name. */
  readonly name: string;
  /** Standard deviation of what it gives after its norm, before the ReLU and the sum, over all images, pixels and channels. */
  readonly deviation: number;
}

/** How much a block adds to what passes through it. */
export interface BlockResponse {
  readonly name: string;
  readonly shortcut: Block['shortcut'];
  /** Root of the mean square of F(x) over all images, pixels and channels, and of what it is added to. */
  readonly residual: number;
  readonly carried: number;
  /** Their standard deviations. */
  readonly residualDeviation: number;
  readonly carriedDeviation: number;
}

export interface Responses {
  /** In the order in which they run; neither projections of shortcuts nor the head. */
  readonly layers: readonly LayerResponse[];
  /** Empty for a plain network, which adds nothing to anything. */
  readonly blocks: readonly BlockResponse[];
}

/**
 * How strongly each layer responds, and how much each block adds to what it adds to.
 *
 * @throws ExplainError for a network without blocks, or images without labels.
 * @see He et al. 2015, figure 7, https://arxiv.org/abs/1512.03385
 */
export async function measureResponses(
  model: Module,
  images: LabelledImages,
  { onProgress, signal }: StudyOptions = {},
): Promise<Responses> {
  const inPass = blocksOf('measureResponses', model, await firstShape('measureResponses', images));
  const layers = learnedLayers(inPass)
    .slice(0, -1)
    .map(({ name, response }) => ({ name, ...measured([response], ([value]) => value as tf.Tensor) }));
  const joined = inPass.blocks.flatMap((block) => {
    const [residual, shortcut, gate] = (block.join?.inputs ?? []) as TraceNode[];
    if (!block.join || !residual || !shortcut) return [];
    return [
      {
        block,
        // A gated block gives x + T(h − x): what it adds is the rest.
        residual: gate
          ? measured([block.join, shortcut], ([y, x]) => tf.sub(y as tf.Tensor, x as tf.Tensor))
          : measured([residual], ([value]) => value as tf.Tensor),
        carried: measured([shortcut], ([value]) => value as tf.Tensor),
      },
    ];
  });
  const all = [...layers, ...joined.flatMap(({ residual, carried }) => [residual, carried])];
  let done = 0;
  await showEach('measureResponses', images, {
    classes: classesOf('measureResponses', model, inPass.pass.output.shape),
    signal,
    async show({ x, labels }) {
      const moments = probe(
        inPass,
        x,
        all.map((one) => one.probe),
      );
      try {
        const read = await Promise.all(moments.map((own) => own.data()));
        for (const [i, one] of all.entries()) one.spread.add(read[i] as Float32Array);
      } finally {
        tf.dispose(moments);
      }
      done += labels.length;
      onProgress?.(done);
    },
  });
  return {
    layers: layers.map(({ name, spread: of }) => ({ name, deviation: of.deviation() })),
    blocks: joined.map(({ block: { name, shortcut }, residual, carried }) => ({
      name,
      shortcut,
      residual: residual.spread.size(),
      carried: carried.spread.size(),
      residualDeviation: residual.spread.deviation(),
      carriedDeviation: carried.spread.deviation(),
    })),
  };
}

const measured = (reads: readonly TraceNode[], value: Probe['of']): { readonly probe: Probe; readonly spread: Spread } => ({
  probe: { reads, of: (values) => momentsOf(value(values)) },
  spread: spread(),
});
