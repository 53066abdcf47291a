import * as tf from '@tensorflow/tfjs-core';
import { asFloats } from '../dtype.ts';
import { checkMode, type Mode } from '../mode.ts';
import type { Module } from '../module.ts';
import { fastKernel } from '../op.ts';
import { linear } from '../ops/linear.ts';
import { Parameter } from '../parameter.ts';
import { type TraceNode, trace, tracerOf } from '../trace.ts';
import { checkInput } from './check-input.ts';
import { fold } from './fold.ts';
import { fusedConv2D } from './fused-conv2d.ts';
import { type FusedConv, type NormRelu, type PlanStep, plan, reads } from './plan.ts';

/** A network made ready to predict. It can be used wherever a module can, in eval mode. */
export interface Predictor extends Module {
  /** Frees the folded filters; the model it came from keeps its own. */
  dispose(): void;
}

/**
 * Folds every batch norm into the convolution before it, and runs convolution, bias, shortcut and ReLU as one
 * operation where the backend can. Each intermediate result is freed as soon as its last reader has run.
 *
 * What the model knows is kept as it is now: training or disposing of it afterwards does not change the predictor. A backend may register
 * `ResNetRecordedPass` to repeat passes over images of one shape without asking for each operation again.
 *
 * @param inputShape `[N,H,W,C]` that the model can take; the predictor also takes other N, and other H and W where the network does.
 *   Its forward pass throws a ShapeError for anything else.
 * @throws StateDictError if the model has no values yet.
 */
export function optimizeForInference(model: Module, inputShape: readonly number[]): Predictor {
  const traced = trace(model, inputShape);
  const steps = plan(traced);
  const [input] = traced.nodes as [TraceNode];
  const prepared = new Map(steps.map((step) => [step, prepare(step)]));
  const owner = tf.scalar(0);
  const check = checkInput(traced);
  const lastReader = new Map<TraceNode, PlanStep>();
  for (const step of steps) for (const node of reads(step)) lastReader.set(node, step);

  const forward = (x: tf.Tensor): tf.Tensor => {
    const values = new Map<TraceNode, tf.Tensor>([[input, x]]);
    const read = (node: TraceNode) => values.get(node) as tf.Tensor;
    for (const step of steps) {
      values.set(
        step.output,
        tf.tidy(() => (prepared.get(step) as Prepared).compute(read)),
      );
      for (const node of new Set(reads(step))) if (node !== input && lastReader.get(node) === step) read(node).dispose();
    }
    return read(traced.output);
  };
  return {
    kind: `${model.kind}, for inference`,
    forward(x: tf.Tensor, mode: Mode): tf.Tensor {
      checkMode(mode);
      if (mode !== 'eval')
        throw new TypeError('A predictor has its batch norms folded in and cannot train. Train the model it was made from.');
      if (owner.isDisposed) throw new TypeError('This predictor was disposed. Make another with optimizeForInference(model, inputShape).');
      if (tracerOf(x)) throw new TypeError('A predictor is a trace already. Trace or summarize the model it was made from.');
      check(x.shape);
      return tf.tidy(() => {
        const images = asFloats('predictor', x);
        return fastKernel('ResNetRecordedPass', { x: images, owner }, { forward })?.[0] ?? forward(images);
      });
    },
    dispose() {
      owner.dispose();
      for (const step of prepared.values()) step.dispose();
    },
  };
}

/** A step with what it reads besides its inputs. */
interface Prepared {
  dispose(): void;
  compute(read: (node: TraceNode) => tf.Tensor): tf.Tensor;
}

function prepare(step: PlanStep): Prepared {
  if (step.kind === 'conv') return prepareConv(step);
  if (step.kind === 'normRelu') return prepareNormRelu(step);
  const { inputs } = step.output;
  const constants = new Map(inputs.flatMap((input) => (input instanceof Parameter ? [[input, tf.clone(input.variable)] as const] : [])));
  return {
    dispose: () => tf.dispose([...constants.values()]),
    compute: (read) =>
      step.output.run(inputs.map((input) => (input instanceof Parameter ? (constants.get(input) as tf.Tensor) : read(input)))),
  };
}

function prepareNormRelu(step: NormRelu): Prepared {
  const constants = step.norm.inputs.slice(1).map((input): tf.Tensor => tf.clone((input as Parameter).variable));
  const [scale, offset, mean, variance] = constants as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const { epsilon } = step.norm.attributes;
  return {
    dispose: () => tf.dispose(constants),
    compute: (read) => {
      const images = reads(step).map(read);
      const inputs = { scale, offset, mean, variance, ...Object.fromEntries(images.map((image, i) => [`x${i}`, image])) };
      const fast = fastKernel('ResNetBatchNormRelu', inputs, { epsilon })?.[0];
      if (fast) return fast;
      const x = step.concat ? step.concat.run(images) : (images[0] as tf.Tensor);
      return tf.relu(step.norm.run([x, ...constants]));
    },
  };
}

function prepareConv(step: FusedConv): Prepared {
  const folded = fold(step);
  const [input] = step.conv.inputs as [TraceNode];
  const onePixel = linear.made(step.conv);
  return {
    ...folded,
    compute: (read) => {
      const { filter, bias } = folded.get();
      const image = (node: TraceNode) => (onePixel ? tf.expandDims(tf.expandDims(read(node), 1), 1) : read(node)) as tf.Tensor4D;
      const x = image(input);
      const residual = step.residual && image(step.residual);
      const y = fusedConv2D({ x, filter, bias, ...(residual && { residual }) }, step.attributes, step.activation);
      return onePixel ? tf.squeeze(y, [1, 2]) : y;
    },
  };
}
