import type { Module } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { breathe } from '../breathe.ts';
import { ExplainError } from '../explain-error.ts';

/** Images ready for a network, and the class that each shows; what `batches` of `@resnetjs/data` gives is one. */
export interface LabelledBatch {
  /** Row-major in `shape`, normalized. */
  readonly images: Float32Array | Uint8Array;
  /** `[N,H,W,C]` */
  readonly shape: readonly number[];
  /** The output that would be right, by image. */
  readonly labels: ArrayLike<number>;
}

type Batches = Iterable<LabelledBatch> | AsyncIterable<LabelledBatch>;

/** Labelled images in batches: a list of them, or a function that begins again with the first, for what does not fit into memory. */
export type LabelledImages = readonly LabelledBatch[] | (() => Batches);

/** One batch as a network takes it. */
export interface Shown {
  /** `[N,H,W,C]`; whoever gave it frees it. */
  readonly x: tf.Tensor;
  readonly labels: ArrayLike<number>;
}

/**
 * Shows batch after batch; each is freed afterwards.
 *
 * @param what is done, for messages
 * @throws ExplainError where there is no image, images have no labels, or labels are no outputs of the model.
 */
export async function showEach(
  what: string,
  images: LabelledImages,
  { classes, show, signal }: { classes: number; show: (batch: Shown) => Promise<void>; signal?: AbortSignal | undefined },
): Promise<void> {
  let any = false;
  for await (const batch of beginning(what, images)) {
    signal?.throwIfAborted();
    const n = checked(what, batch, classes);
    if (n === 0) continue;
    any = true;
    const x = tf.tensor(batch.images, [...batch.shape], 'float32');
    try {
      await show({ x, labels: batch.labels });
    } finally {
      x.dispose();
    }
    await breathe();
  }
  if (!any) throw new ExplainError(`${what}: there is no image. Give batches of labelled images, or a function that begins them anew.`);
}

/** The shape of the first batch. */
export async function firstShape(what: string, images: LabelledImages): Promise<readonly number[]> {
  for await (const { shape } of beginning(what, images)) return shape;
  throw new ExplainError(`${what}: there is no image. Give batches of labelled images, or a function that begins them anew.`);
}

function beginning(what: string, images: LabelledImages): Batches {
  if (typeof images === 'function') return images();
  if (Array.isArray(images)) return images;
  throw new ExplainError(
    `${what}: the images are needed several times. Give a list of batches, or a function that begins them anew: () => batches(dataset, …).`,
  );
}

/** @returns how many images there are. */
function checked(what: string, { images, shape, labels }: LabelledBatch, classes: number): number {
  const [n = 0] = shape;
  if (!(images instanceof Float32Array))
    throw new ExplainError(`${what}: the images are bytes, 0 to 255. Networks need them normalized: pass { normalization } to batches().`);
  if (typeof labels?.length !== 'number')
    throw new ExplainError(
      `${what}: the images have no labels, by which it is measured what a network gets right. Give one class index for each image.`,
    );
  if (labels.length !== n) throw new ExplainError(`${what}: there are ${n} images but ${labels.length} labels. Give one for each image.`);
  const strange = Array.from(labels).find((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  if (strange !== undefined)
    throw new ExplainError(`${what}: the label ${strange} is no output of the model, which has ${classes}: 0 to ${classes - 1}.`);
  return n;
}

/** How many classes a model tells apart. @param inputShape `[N,H,W,C]` */
export const classesOf = (what: string, model: Module, outputShape: readonly number[]): number => {
  const [, classes, ...more] = outputShape;
  if (classes === undefined || more.length > 0)
    throw new ExplainError(`${what}: ${model.kind} gives [${outputShape.join(',')}], but logits [N,classes] are needed.`);
  return classes;
};
