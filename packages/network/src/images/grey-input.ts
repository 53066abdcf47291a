import type { Module } from '@resnetjs/core';
import type { Normalization } from '@resnetjs/data';
import * as tf from '@tensorflow/tfjs-core';
import { NetworkError } from '../network-error.ts';

/**
 * A network of grey images as one of colour images: it takes `[N,H,W,3]`, normalized, and is shown the grey of their bytes,
 * by Pillow's `convert('L')`.
 *
 * @param normalization one mean and one deviation for all channels.
 * @throws NetworkError if they differ from channel to channel.
 */
export function greyInput(model: Module, { mean: means, std: deviations }: Normalization): Module {
  const [[mean, ...otherMeans], [std, ...otherDeviations]] = [means, deviations];
  if (otherMeans.some((other) => other !== mean) || otherDeviations.some((other) => other !== std))
    throw new NetworkError('the network takes grey images, but its preprocessing has another mean or deviation for each channel.', {
      advice: 'Choose one with { preprocessing }.',
    });
  return {
    kind: `${model.kind}, of grey images`,
    forward: (x, mode) => tf.tidy(() => model.forward(greyOf(x, { mean: mean as number, std: std as number }), mode)),
  };
}

/** The grey of normalized colour images, `[N,H,W,3]` to `[N,H,W,1]`, normalized as they are. */
export const greyOf = (x: tf.Tensor, { mean, std }: { readonly mean: number; readonly std: number }): tf.Tensor =>
  tf.tidy(() => {
    const bytes = tf.round(tf.mul(tf.add(tf.mul(x, std), mean), 255));
    // ITU-R 601-2 in 16-bit fixed point; the sums are below 2^24, so that floats hold them exactly.
    const weighed = tf.sum(tf.mul(bytes, tf.tensor1d([19595, 38470, 7471])), -1, true);
    const grey = tf.floor(tf.div(tf.add(weighed, 0x8000), 0x10000));
    return tf.div(tf.sub(tf.div(grey, 255), mean), std);
  });
