import * as tf from '@tensorflow/tfjs-core';
import type { Mode } from '../mode.ts';
import type { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import { type TraceNode, trace } from '../trace.ts';
import { fusedConv2D } from './fused-conv2d.ts';
import { type FusedConv, type PlanStep, plan, reads } from './plan.ts';

/** A network made ready to predict. It can be used wherever a module can, in eval mode. */
export interface Predictor extends Module {
  /** Frees the folded filters; the model it came from keeps its own. */
  dispose(): void;
}

/**
 * Folds every batch norm into the convolution before it, and runs convolution, bias, shortcut and ReLU as one
 * operation where the backend can. Each intermediate result is freed as soon as its last reader has run.
 *
 * The filters are copied: training the model afterwards does not change the predictor. Other parameters stay the
 * model's, which must not be disposed before the predictor.
 *
 * @param inputShape `[N,H,W,C]` that the model can take; the predictor also takes other N, H and W.
 * @throws StateDictError if the model has no values yet.
 */
export function optimizeForInference(model: Module, inputShape: readonly number[]): Predictor {
  const traced = trace(model, inputShape);
  const steps = plan(traced);
  const [input] = traced.nodes as [TraceNode];
  const folded = new Map<PlanStep, Folded>();
  for (const step of steps) if (step.kind === 'conv') folded.set(step, fold(step));
  const lastReader = new Map<TraceNode, PlanStep>();
  for (const step of steps) for (const node of reads(step)) lastReader.set(node, step);

  const forward = (x: tf.Tensor): tf.Tensor => {
    const values = new Map<TraceNode, tf.Tensor>([[input, x]]);
    const read = (node: TraceNode) => values.get(node) as tf.Tensor;
    for (const step of steps) {
      values.set(
        step.output,
        tf.tidy(() => run(step, folded.get(step), read)),
      );
      for (const node of new Set(reads(step))) if (node !== input && lastReader.get(node) === step) read(node).dispose();
    }
    return read(traced.output);
  };
  return {
    kind: `${model.kind}, for inference`,
    forward(x: tf.Tensor, mode: Mode): tf.Tensor {
      if (mode !== 'eval')
        throw new TypeError('A predictor has its batch norms folded in and cannot train. Train the model it was made from.');
      return tf.tidy(() => forward(x));
    },
    dispose() {
      for (const { filter, bias } of folded.values()) tf.dispose([filter, bias]);
      folded.clear();
    },
  };
}

interface Folded {
  readonly filter: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
}

const run = (step: PlanStep, folded: Folded | undefined, read: (node: TraceNode) => tf.Tensor): tf.Tensor => {
  if (step.kind === 'plain') return step.output.run(step.output.inputs.map((i) => (i instanceof Parameter ? i.variable : read(i))));
  if (!folded) throw new TypeError('This predictor was disposed. Make another with optimizeForInference(model, inputShape).');
  const x = read(step.conv.inputs[0] as TraceNode) as tf.Tensor4D;
  const residual = step.residual && (read(step.residual) as tf.Tensor4D);
  return fusedConv2D({ x, ...folded, ...(residual && { residual }) }, step.attributes, step.activation);
};

/** y = scale * (conv(x, W) + b − mean) / √(variance + ε) + offset, written as one convolution with a bias. */
function fold({ conv, norm }: FusedConv): Folded {
  return tf.tidy(() => {
    const [, filter, bias] = conv.inputs.map((i) => (i instanceof Parameter ? i.variable : undefined)) as [
      undefined,
      tf.Tensor4D,
      tf.Tensor1D?,
    ];
    const outC = filter.shape[3];
    if (!norm) return { filter: tf.clone(filter), bias: bias ? tf.clone(bias) : tf.zeros<tf.Rank.R1>([outC]) };
    const [, scale, offset, mean, variance] = norm.inputs.map((i) => (i instanceof Parameter ? i.variable : undefined)) as tf.Tensor1D[];
    const { epsilon } = norm.attributes as { epsilon: number };
    const factor = tf.mul(scale as tf.Tensor1D, tf.rsqrt(tf.add(variance as tf.Tensor1D, epsilon))) as tf.Tensor1D;
    const shifted = bias ? tf.sub(bias, mean as tf.Tensor1D) : tf.neg(mean as tf.Tensor1D);
    return { filter: tf.mul(filter, factor) as tf.Tensor4D, bias: tf.add(offset as tf.Tensor1D, tf.mul(shifted, factor)) as tf.Tensor1D };
  });
}
