import type { Module } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';

/** Prepared images, with the output that would be right for each, where that is known. */
export interface ComparedBatch {
  readonly images: Float32Array;
  readonly shape: readonly number[];
  readonly labels?: Int32Array;
}

/** Two networks side by side, of each a number. */
export interface Comparison {
  readonly images: number;
  /** Share of the images for which both find the same class the most probable. */
  readonly agreement: number;
  /** Share of the images about which each is right. */
  readonly top1?: readonly [number, number];
  readonly millisecondsPerImage: readonly [number, number];
}

/** Runs both networks over the same batches, in turns. */
export async function compareNetworks(
  networks: readonly [Module, Module],
  batches: AsyncIterable<ComparedBatch>,
  onProgress?: (images: number) => void,
): Promise<Comparison> {
  const right = [0, 0];
  const times = [0, 0];
  let images = 0;
  let labelled = 0;
  let equal = 0;
  for await (const { images: data, shape, labels } of batches) {
    const found: Int32Array[] = [];
    if (images === 0) for (const network of networks) await classesOf(network, data, shape); // what is made ready once is no part of its time
    for (const [i, network] of networks.entries()) {
      const started = performance.now();
      found.push(await classesOf(network, data, shape));
      times[i] = (times[i] as number) + performance.now() - started;
    }
    const [before, after] = found as [Int32Array, Int32Array];
    images += before.length;
    labelled += labels?.length ?? 0;
    equal += before.filter((index, n) => index === after[n]).length;
    for (const i of [0, 1]) right[i] = (right[i] as number) + (labels?.filter((label, n) => label === found[i]?.[n]).length ?? 0);
    onProgress?.(images);
  }
  const each = (values: readonly number[]) => values.map((value) => value / images) as unknown as [number, number];
  return { images, agreement: equal / images, ...(labelled > 0 && { top1: each(right) }), millisecondsPerImage: each(times) };
}

/** The most probable class of each image. */
async function classesOf(network: Module, data: Float32Array, shape: readonly number[]): Promise<Int32Array> {
  const best = tf.tidy(() => tf.argMax(network.forward(tf.tensor(data, [...shape], 'float32'), 'eval'), -1));
  try {
    return (await best.data()) as Int32Array;
  } finally {
    best.dispose();
  }
}
