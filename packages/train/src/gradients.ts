import {
  asFloats,
  idleParameters,
  type Mode,
  type Module,
  type Parameter,
  parameters,
  registerGradients,
  type TrainingStep,
} from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy } from './losses/cross-entropy.ts';
import type { Loss } from './losses/loss.ts';
import type { Targets } from './losses/targets.ts';

export interface Gradients {
  /** The loss as a scalar, the caller's to dispose. */
  readonly loss: tf.Scalar;
  /** The gradient of every trainable parameter that the step reached, by its dotted name, in the stored layout (`HWIO`, `[in, out]`); the caller's to dispose. */
  readonly grads: Map<string, tf.Tensor>;
}

/**
 * Cross-entropy of a training-mode forward pass, and its gradient with respect to every trainable parameter.
 * The batch norms' running statistics move.
 *
 * @param images `[N,H,W,C]`; stays the caller's.
 * @param labels class indices `[N]`
 * @param step a seed, for models that draw at random while training
 */
export function gradients(model: Module, images: tf.Tensor4D, labels: ArrayLike<number>, step?: TrainingStep): Gradients {
  const { logits, ...result } = differentiate(model, images, { targets: labels, loss: crossEntropy, mode: step ?? 'train' });
  logits.dispose();
  return result;
}

/** What a network is asked to get lower, and how it runs meanwhile. */
export interface Objective {
  readonly targets: Targets;
  readonly loss: Loss;
  readonly mode: Mode;
}

/** A loss with its gradients, and the logits `[N,classes]` on the way, all the caller's to dispose. */
export function differentiate(model: Module, images: tf.Tensor4D, { targets, loss, mode }: Objective): Gradients & { logits: tf.Tensor2D } {
  registerGradients();
  // What a step leaves out has no gradient, rather than one of zeros: momentum and weight decay must not move it either.
  const idle = idleParameters(model, mode);
  const trained = [...parameters(model)].filter(([name, parameter]) => parameter.trainable && !idle.has(name));
  const variables = trained.map(([, { variable }]) => variable);
  let logits: tf.Tensor2D | undefined;
  try {
    // The engine's own, for tf.variableGrads leaves out variables that were made while their part was frozen.
    const { value, grads } = tf.engine().gradients(
      () => {
        logits = tf.keep(model.forward(asFloats('gradients', images), mode) as tf.Tensor2D);
        return loss(logits, targets);
      },
      variables,
      undefined,
      true,
    );
    const found = trained.flatMap(([name], i) => (grads[i] ? [[name, grads[i]] as const] : []));
    return { loss: value as tf.Scalar, grads: new Map(found), logits: logits as unknown as tf.Tensor2D };
  } catch (error) {
    logits?.dispose();
    clearTape();
    throw error;
  }
}

/** tfjs clears its tape after a backward pass; what a forward pass that failed had saved for one would stay. */
function clearTape(): void {
  const { state } = tf.engine();
  for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
  state.activeTape = [];
}

/** A gradient's values in PyTorch's layout. @param parameter whose gradient it is */
export async function readGradient(gradient: tf.Tensor, parameter: Parameter): Promise<Float32Array> {
  const floats = tf.tidy(() => tf.clone(asFloats('readGradient', gradient)));
  try {
    return parameter.toTorch((await floats.data()) as Float32Array);
  } finally {
    floats.dispose();
  }
}
