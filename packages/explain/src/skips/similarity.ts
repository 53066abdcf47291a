import type { Module } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { ExplainError } from '../explain-error.ts';
import { namedLayer } from '../pass/layer.ts';
import { blocksOf } from './blocks-of.ts';
import { ckaTally } from './cka.ts';
import { classesOf, firstShape, type LabelledImages, showEach } from './labelled-images.ts';
import type { StudyOptions } from './lesions.ts';
import { probe } from './probe.ts';

export interface SimilarityOptions extends StudyOptions {
  /** Names of the layers; by default all blocks. */
  readonly layers?: readonly string[];
}

export interface Similarity {
  readonly layers: readonly string[];
  /** Linear CKA of each with each: 1 where two layers tell the images apart alike, about 0 where they have nothing to do with each other. */
  readonly matrix: readonly (readonly number[])[];
}

/**
 * How alike the layers of a network see images: linear CKA, in its form for minibatches, which does not depend on their size.
 *
 * @param images in batches of 4 or more; labels are not looked at.
 * @throws ExplainError for an unknown layer, a network without blocks, or batches too small.
 * @see Kornblith et al. 2019, https://arxiv.org/abs/1905.00414
 * @see Nguyen et al. 2020, section 2 (minibatches), https://arxiv.org/abs/2010.15327
 */
export async function measureSimilarity(
  model: Module,
  images: LabelledImages,
  { layers, onProgress, signal }: SimilarityOptions = {},
): Promise<Similarity> {
  const inPass = blocksOf('measureSimilarity', model, await firstShape('measureSimilarity', images));
  const places = layers?.map((name) => namedLayer(inPass.pass, name)) ?? inPass.blocks.map(({ name, output }) => ({ name, node: output }));
  const tally = ckaTally(places.length);
  let done = 0;
  await showEach('measureSimilarity', images, {
    classes: classesOf('measureSimilarity', model, inPass.pass.output.shape),
    signal,
    async show({ x, labels }) {
      const n = labels.length;
      if (n < 4) {
        if (done > 0) return; // the last batch: what is left over
        throw new ExplainError(`measureSimilarity: batches of ${n} images say nothing; give batches of 4 or more, best of 100.`);
      }
      const grams = probe(
        inPass,
        x,
        places.map(({ node }) => ({ reads: [node], of: ([values]) => gram(values as tf.Tensor) })),
      );
      try {
        tally.add((await Promise.all(grams.map((own) => own.data()))) as Float32Array[], n);
      } finally {
        tf.dispose(grams);
      }
      done += n;
      onProgress?.(done);
    },
  });
  return { layers: places.map(({ name }) => name), matrix: tally.total() };
}

/** Inner products of images' features, each feature without its mean, which changes nothing but rounding. @returns `[N,N]` */
export function gram(features: tf.Tensor): tf.Tensor2D {
  const flat = tf.reshape(features, [features.shape[0] as number, -1]) as tf.Tensor2D;
  const centred = tf.sub(flat, tf.mean(flat, 0, true)) as tf.Tensor2D;
  return tf.matMul(centred, centred, false, true);
}
