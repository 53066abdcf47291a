import { type Module, seedFor } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Batch, imagesIn, toTensor } from './batch.ts';
import { countCorrect } from './evaluate/ranking.ts';
import { differentiate } from './gradients.ts';
import { crossEntropy } from './losses/cross-entropy.ts';
import type { Loss } from './losses/loss.ts';
import { NonFiniteLossError } from './non-finite-loss-error.ts';
import { clipByNorm, gradientNorm } from './optimizers/clip-gradients.ts';
import type { Ema } from './optimizers/ema.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import type { StepRates } from './optimizers/update-rule.ts';

export interface TrainStepOptions extends StepRates {
  readonly optimizer: Optimizer;
  readonly loss?: Loss;
  /** Gradients are scaled to be no longer than this, all together. */
  readonly clipNorm?: number;
  /** Follows the weights. */
  readonly ema?: Ema;
  /** What is random in the step is drawn from this; pass another one each step. */
  readonly seed?: number;
}

export interface StepResult {
  /** The mean over the images. */
  readonly loss: number;
  /** How many images were classified rightly, in training mode and before the step. */
  readonly correct: number;
  readonly images: number;
  /** Of all gradients together before clipping; where they are clipped. */
  readonly gradientNorm?: number;
}

/**
 * One step of training: forward, backward, clip, update.
 *
 * @param batch several are run one after the other and their gradients added up, each by its share of the images:
 *   what a larger batch would give, but for the batch norms, which see the small ones
 * @throws NonFiniteLossError if the loss or the gradients' norm is infinite or NaN; the parameters are untouched then.
 */
export async function trainStep(model: Module, batch: Batch | readonly Batch[], options: TrainStepOptions): Promise<StepResult> {
  const { optimizer, learningRate, momentum, loss: criterion = crossEntropy, clipNorm, ema, seed = 0 } = options;
  const batches = 'images' in batch ? [batch] : batch;
  const images = batches.reduce((sum, part) => sum + imagesIn(part), 0);
  let grads = new Map<string, tf.Tensor>();
  let [loss, correct] = [0, 0];
  let norm: number | undefined;
  try {
    for (const [i, part] of batches.entries()) {
      const share = imagesIn(part) / images;
      const x = toTensor(part);
      const pass = within(x, () =>
        differentiate(model, x, { targets: part.labels, loss: criterion, mode: { seed: seedFor(seed, String(i)) } }),
      );
      grads = addUp(grads, pass.grads, share);
      loss += share * ((await pass.loss.data())[0] as number);
      correct += countCorrect((await pass.logits.data()) as Float32Array, part.labels, imagesIn(part));
      tf.dispose([pass.loss, pass.logits]);
    }
    if (clipNorm !== undefined) {
      const length = gradientNorm(grads);
      const clipped = clipByNorm(grads, clipNorm, length);
      tf.dispose([...grads.values()]);
      grads = clipped;
      norm = (await length.data())[0] as number;
      length.dispose();
    }
    if (!Number.isFinite(loss) || (norm !== undefined && !Number.isFinite(norm)))
      throw new NonFiniteLossError(
        `The loss is ${loss}${norm === undefined ? '' : ` and the gradients' norm ${norm}`} at a learning rate of ${learningRate}.`,
      );
    optimizer.step(grads, { learningRate, ...(momentum !== undefined && { momentum }) });
    ema?.update();
    return { loss, correct, images, ...(norm !== undefined && { gradientNorm: norm }) };
  } finally {
    tf.dispose([...grads.values()]);
  }
}

/** Frees `x` after the call, also where it fails. */
function within<T>(x: tf.Tensor, call: () => T): T {
  try {
    return call();
  } finally {
    x.dispose();
  }
}

/** `sum + share · grads`, also of what only one of the two has; both maps' tensors are used up. */
function addUp(sum: Map<string, tf.Tensor>, grads: Map<string, tf.Tensor>, share: number): Map<string, tf.Tensor> {
  if (share === 1) return grads;
  const total = new Map(sum);
  for (const [name, gradient] of grads) {
    const before = sum.get(name);
    total.set(
      name,
      tf.tidy(() => (before ? tf.add(before, tf.mul(gradient, share)) : tf.mul(gradient, share))),
    );
    tf.dispose([gradient, ...(before ? [before] : [])]);
  }
  return total;
}
