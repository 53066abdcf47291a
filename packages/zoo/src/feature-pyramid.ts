import {
  add,
  asFloats,
  ConfigError,
  constant,
  conv2d,
  type Initializer,
  type Mode,
  type Module,
  maxPool2d,
  module,
  moduleList,
  type Sequential,
  ShapeError,
  sequential,
  upsampleNearest,
} from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Backbone } from './backbone.ts';
import { describeFeatures, type FeatureInfo } from './features.ts';

export interface FeaturePyramidOptions {
  /** Of every level. */
  readonly channels?: number;
  /** How many of the backbone's stages it stands on, from the coarsest; all by default. */
  readonly stages?: number;
  /** One more level, half as fine as the coarsest: every other pixel of it, as torchvision's `LastLevelMaxPool`. */
  readonly extraLevel?: boolean;
  /** Channels of the backbone's input. */
  readonly inputChannels?: number;
}

/** A pyramid of feature maps of equal width on a backbone, its parts named as torchvision's `FeaturePyramidNetwork`. */
export interface FeaturePyramid extends Module {
  /**
   * Runs the backbone and the pyramid.
   *
   * @param x `[N,H,W,C]`; stays the caller's.
   * @returns every level `[N,H,W,channels]`, finest first, owned by the caller.
   */
  levels(x: tf.Tensor, mode?: Mode): tf.Tensor[];
  /** The pyramid alone. @param stages the backbone's last stages, finest first @returns as {@link levels} @throws ShapeError if there are more or fewer */
  merge(stages: readonly tf.Tensor[], mode?: Mode): tf.Tensor[];
}

/**
 * A top-down pathway with lateral connections: each stage of `model` is projected, added to the enlarged coarser level,
 * and smoothed. The pyramid's parameters are its own; put both under one `module` to save or train them as one:
 * `module('detector', { body: model, fpn: pyramid }, …)` has torchvision's names. As a module, it gives the finest level.
 *
 * @throws ConfigError if the model has no such stages, or its stages no pixels.
 * @see Lin et al. 2016, https://arxiv.org/abs/1612.03144
 */
export function featurePyramid(model: Backbone, options: FeaturePyramidOptions = {}): FeaturePyramid {
  const { channels = 256, stages = model.stageNames.length, extraLevel = false, inputChannels = 3 } = options;
  const described = describeImages(model, inputChannels);
  if (!Number.isInteger(stages) || stages < 1 || stages > described.length)
    throw new ConfigError(`featurePyramid: 'stages' must be a whole number from 1 to ${described.length} but is ${stages}.`);
  if (!Number.isInteger(channels) || channels < 1)
    throw new ConfigError(`featurePyramid: 'channels' must be a whole number from 1 but is ${channels}.`);
  const taken = described.slice(-stages);
  const parts = {
    inner_blocks: moduleList(...taken.map((stage) => block(stage.channels, channels, 1))),
    layer_blocks: moduleList(...taken.map(() => block(channels, channels, 3))),
  };
  const halve = maxPool2d({ kernel: 1, stride: 2 });
  const build = (m: typeof parts, inputs: readonly tf.Tensor[], mode: Mode): tf.Tensor[] => {
    const lateral = m.inner_blocks.items.map((inner, i) => inner.forward(inputs[i] as tf.Tensor, mode));
    const merged: tf.Tensor[] = [];
    for (const own of lateral.reverse()) {
      const coarser = merged.at(-1);
      merged.push(coarser ? add(own, upsampleNearest(coarser, own)) : own);
    }
    merged.reverse(); // finest first again
    const levels = m.layer_blocks.items.map((layer, i) => layer.forward(merged[i] as tf.Tensor, mode));
    return extraLevel ? [...levels, halve(levels.at(-1) as tf.Tensor)] : levels;
  };
  const run = (m: typeof parts, x: tf.Tensor, mode: Mode) => build(m, model.forwardStages(x, mode).slice(-stages), mode);
  const pyramid = module('feature pyramid', parts, (m, x, mode) => run(m, x, mode)[0] as tf.Tensor);
  return Object.assign(pyramid, {
    levels: (x: tf.Tensor, mode: Mode = 'eval') => tf.tidy(() => run(pyramid, asFloats('levels', x), mode)),
    merge: (inputs: readonly tf.Tensor[], mode: Mode = 'eval') => {
      if (inputs.length !== stages) throw new ShapeError(`merge: the pyramid stands on ${stages} stages but ${inputs.length} came.`);
      return tf.tidy(() =>
        build(
          pyramid,
          inputs.map((x) => asFloats('merge', x)),
          mode,
        ),
      );
    },
  });
}

/** Drawn as torchvision draws it: uniform by the fan-in, biases 0. */
function block(inChannels: number, outChannels: number, kernel: number): Sequential {
  const initializer: Initializer = { kind: 'uniform', bound: Math.sqrt(3 / (inChannels * kernel * kernel)) };
  return sequential(conv2d(inChannels, outChannels, { kernel, bias: constant(0), initializer }));
}

function describeImages(model: Backbone, inputChannels: number): FeatureInfo[] {
  try {
    return describeFeatures(model, [1, 64, 64, inputChannels]);
  } catch (cause) {
    throw new ConfigError(
      `featurePyramid: the stages of a ${model.kind} are no images of ${inputChannels} channels. Use a convolutional network, and say its 'inputChannels'.`,
      { cause },
    );
  }
}
