import { asFloats, ConfigError, fastKernel } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { checkTargets, isSoft, type Targets } from './targets.ts';

export interface CrossEntropyOptions {
  /** How much of each target is spread evenly over all classes: 0 to 1. */
  readonly labelSmoothing?: number;
  /** A weight for each class, to make rare ones count. */
  readonly classWeights?: ArrayLike<number>;
}

/**
 * The mean over a batch of −Σ target · log softmax(logits), as torch's `cross_entropy`: with class weights and labels
 * it is the weighted mean (divided by the sum of the labels' weights), with weights and soft targets it is not.
 *
 * A backend may register `ResNetSoftmaxCrossEntropy`: `logits` and `coefficients` `[N,C]` to the loss `[]` and its
 * gradient `[N,C]`.
 *
 * @param logits `[N,classes]`
 * @param targets labels `[N]`, whole numbers from 0 to classes − 1, or distributions `[N,classes]` as a `Float32Array`
 * @returns a scalar, owned by the caller.
 * @throws ShapeError if the targets do not fit the logits, ConfigError if the options do not.
 */
export function crossEntropy(
  logits: tf.Tensor2D,
  targets: Targets,
  { labelSmoothing = 0, classWeights }: CrossEntropyOptions = {},
): tf.Scalar {
  checkTargets('crossEntropy', targets, logits.shape);
  const [n, classes] = logits.shape;
  checkOptions({ labelSmoothing, classWeights }, classes);
  const weight = (c: number) => (classWeights ? (classWeights[c] as number) : 1);
  const coefficients = new Float64Array(n * classes);
  for (let i = 0; i < n; i++)
    for (let c = 0; c < classes; c++) {
      const target = isSoft(targets) ? (targets[i * classes + c] as number) : Number(targets[i] === c);
      coefficients[i * classes + c] = weight(c) * (target * (1 - labelSmoothing) + labelSmoothing / classes);
    }
  let total = n;
  if (!isSoft(targets) && classWeights) {
    total = 0;
    for (let i = 0; i < n; i++) total += weight(targets[i] as number);
  }
  return weightedLoss(
    logits,
    Float32Array.from(coefficients, (value) => value / total),
  );
}

/** −Σ coefficients · log softmax(logits), as one node on the tape. */
function weightedLoss(logits: tf.Tensor2D, values: Float32Array): tf.Scalar {
  const [n, classes] = logits.shape;
  const rows = Float32Array.from({ length: n }, (_, i) => sum(values.subarray(i * classes, (i + 1) * classes)));
  return tf.tidy(() => {
    const coefficients = tf.tensor2d(values, [n, classes]);
    const loss = tf.customGrad((input, save) => {
      const fast = fastKernel('ResNetSoftmaxCrossEntropy', { logits: input as tf.Tensor2D, coefficients }, {});
      const logProbabilities = fast ? undefined : tf.logSoftmax(input as tf.Tensor2D);
      // The gradient of row i is softmax · Σ coefficients − coefficients: the sum is not 1 where classes have weights.
      const gradient = fast?.[1] ?? tf.sub(tf.mul(tf.exp(logProbabilities as tf.Tensor2D), tf.tensor2d(rows, [n, 1])), coefficients);
      (save as tf.GradSaveFunc)([gradient]);
      return {
        value: fast?.[0] ?? tf.neg(tf.sum(tf.mul(logProbabilities as tf.Tensor2D, coefficients))),
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(saved[0] as tf.Tensor, dy),
      };
    });
    return loss(asFloats('crossEntropy', logits)) as tf.Scalar;
  });
}

const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);

function checkOptions(
  { labelSmoothing, classWeights }: { labelSmoothing: number; classWeights: ArrayLike<number> | undefined },
  classes: number,
): void {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new ConfigError(`crossEntropy: 'labelSmoothing' must be a number from 0 to 1 but is ${labelSmoothing}.`);
  if (!classWeights) return;
  if (classWeights.length !== classes)
    throw new ConfigError(`crossEntropy: ${classes} classes but ${classWeights.length} class weights. Give each class one.`);
  const bad = Array.from(classWeights).findIndex((weight) => !(weight >= 0 && Number.isFinite(weight)));
  if (bad >= 0) throw new ConfigError(`crossEntropy: the weight of class ${bad} must be a number from 0 but is ${classWeights[bad]}.`);
}
