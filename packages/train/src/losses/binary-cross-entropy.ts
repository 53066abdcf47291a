import { asFloats, ConfigError } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { checkTargets, isSoft, type Targets } from './targets.ts';

export interface BinaryCrossEntropyOptions {
  /** How much more a class counts where it is present: torch's `pos_weight`, one for each class. */
  readonly positiveWeights?: ArrayLike<number>;
}

/**
 * Each class as a question of its own, for images with several labels or none: the mean over images and classes of
 * −w·t·log σ(x) − (1 − t)·log(1 − σ(x)), as torch's `binary_cross_entropy_with_logits`.
 *
 * @param logits `[N,classes]`
 * @param targets a `Float32Array` `[N,classes]`, each 0 to 1; labels `[N]` stand for one class each (the loss of ResNet strikes back).
 * @returns a scalar, owned by the caller.
 * @throws ShapeError if the targets do not fit the logits, ConfigError if the weights do not.
 */
export function binaryCrossEntropy(logits: tf.Tensor2D, targets: Targets, { positiveWeights }: BinaryCrossEntropyOptions = {}): tf.Scalar {
  checkTargets('binaryCrossEntropy', targets, logits.shape);
  const [n, classes] = logits.shape;
  if (positiveWeights && positiveWeights.length !== classes)
    throw new ConfigError(`binaryCrossEntropy: ${classes} classes but ${positiveWeights.length} positive weights. Give each class one.`);
  return tf.tidy(() => {
    const target = tf.tensor2d(isSoft(targets) ? targets : oneHot(targets, classes), [n, classes]);
    const weight = positiveWeights ? tf.tensor1d(Float32Array.from(positiveWeights)) : tf.scalar(1);
    return meanLoss(asFloats('binaryCrossEntropy', logits) as tf.Tensor2D, target, weight);
  });
}

const meanLoss = (logits: tf.Tensor2D, target: tf.Tensor2D, weight: tf.Tensor): tf.Scalar => {
  const loss = tf.customGrad((input, save) => {
    const x = input as tf.Tensor2D;
    const present = tf.mul(target, weight);
    const both = tf.add(present, tf.sub(1, target));
    (save as tf.GradSaveFunc)([x, present, both]);
    // log(1 + e^−x) as max(−x, 0) + log(1 + e^−|x|), which overflows nowhere.
    const softplus = tf.add(tf.relu(tf.neg(x)), tf.log(tf.add(tf.exp(tf.neg(tf.abs(x))), 1)));
    return {
      value: tf.div(tf.sum(tf.add(tf.mul(tf.sub(1, target), x), tf.mul(both, softplus))), x.size),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, present, both] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        return tf.mul(tf.div(tf.sub(tf.mul(tf.sigmoid(x), both), present), x.size), dy);
      },
    };
  });
  return loss(logits) as tf.Scalar;
};

function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  const values = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) values[i * classes + (labels[i] as number)] = 1;
  return values;
}
