import { asFloats, type Mode, trace } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Backbone } from './backbone.ts';

/** What one stage of a network gives, known before anything runs. */
export interface FeatureInfo {
  /** The stage's dotted name: `layer3`. */
  readonly name: string;
  /** Pixels of the input, in each direction, for one of the output; absent where the output has none. */
  readonly stride?: number;
  readonly channels: number;
  /** `[N,H,W,C]` for an input of the shape that was asked about. */
  readonly shape: readonly number[];
}

/**
 * Every stage's output `[N,H,W,C]`, finest first: what detection and segmentation heads stand on.
 *
 * @param x `[N,H,W,C]`; stays the caller's.
 * @param mode `'eval'` by default; gradients reach the backbone either way.
 * @returns tensors owned by the caller; {@link describeFeatures} says their names, strides and channels.
 */
export const features = (model: Backbone, x: tf.Tensor, mode: Mode = 'eval'): tf.Tensor[] =>
  tf.tidy(() => model.forwardStages(asFloats('features', x), mode));

/**
 * The image's embedding: the last stage's output pooled over all pixels, which the head would classify.
 *
 * @param x `[N,H,W,C]`; stays the caller's.
 * @returns `[N,C]`, owned by the caller.
 */
export const embedding = (model: Backbone, x: tf.Tensor, mode: Mode = 'eval'): tf.Tensor =>
  tf.tidy(() => model.embed(model.forwardStages(asFloats('embedding', x), mode).at(-1) as tf.Tensor, mode));

/** Large enough for every stage of every network to have several pixels, and a multiple of every stride. */
const PROBE = 256;

/**
 * Name, stride, channels and shape of each of the {@link features}. Needs no backend and no values.
 *
 * @param inputShape `[N,H,W,C]`
 * @throws ShapeError if the model cannot take such an input.
 */
export function describeFeatures(model: Backbone, inputShape: readonly number[]): FeatureInfo[] {
  const shapes = stageShapes(model, inputShape);
  const images = shapes.every((shape) => shape.length === 4);
  const probed = images ? stageShapes(model, [1, PROBE, PROBE, inputShape[3] ?? 1]) : [];
  return shapes.map((shape, i) => ({
    name: model.stageNames[i] ?? '',
    ...(images && { stride: PROBE / (probed[i]?.[1] ?? 1) }),
    channels: shape.at(-1) ?? 0,
    shape,
  }));
}

function stageShapes(model: Backbone, inputShape: readonly number[]): (readonly number[])[] {
  let outputs: tf.Tensor[] = [];
  const forward = (x: tf.Tensor, mode: Mode): tf.Tensor => {
    outputs = model.forwardStages(x, mode);
    return outputs.at(-1) as tf.Tensor;
  };
  trace({ kind: 'features', forward }, inputShape);
  return outputs.map(({ shape }) => [...shape]);
}
