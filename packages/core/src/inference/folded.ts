import type * as tf from '@tensorflow/tfjs-core';
import type { Module } from '../module.ts';
import { namedModules, parameters } from '../named-modules.ts';
import type { Conv2DAttributes } from '../ops/convolution/portable.ts';
import { linear } from '../ops/linear.ts';
import { batchNorm } from '../ops/norm.ts';
import { averagePool, settled } from '../ops/pool.ts';
import { Parameter } from '../parameter.ts';
import { type TraceNode, trace } from '../trace.ts';
import { fold } from './fold.ts';
import { type PlanStep, plan, reads } from './plan.ts';

/** An array that a folded pass reads, as tfjs computes with it: filters `[kh,kw,C/groups,O]`, a linear layer's `[I,O]`. */
export interface FoldedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A convolution with its norm folded in, the addition and the ReLU after it; or a linear layer. */
export interface FoldedConvStep {
  readonly kind: 'conv';
  /** Of the convolution in the model: `layer1.0.conv1`. */
  readonly name: string;
  readonly op: 'conv2d' | 'linear';
  readonly input: number;
  /** Added before the ReLU. */
  readonly residual?: number;
  readonly output: number;
  /** `[kh,kw,C/groups,O]`, of a linear layer too: `[1,1,I,O]`. */
  readonly filter: FoldedArray;
  readonly bias: FoldedArray;
  readonly attributes: Conv2DAttributes;
  readonly activation: 'linear' | 'relu';
}

/** x * scale + shift for each channel: a norm that no convolution took, of images side by side where there are several. */
export interface FoldedNormStep {
  readonly kind: 'norm';
  readonly name: string;
  readonly inputs: readonly number[];
  readonly output: number;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly activation: 'linear' | 'relu';
}

/** Any other operation, for `runOperation`. */
export interface FoldedOperationStep {
  readonly kind: 'operation';
  readonly name: string;
  readonly op: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What it reads, in its order: numbers of values, and arrays. */
  readonly operands: readonly (number | FoldedArray)[];
  readonly output: number;
}

export type FoldedStep = FoldedConvStep | FoldedNormStep | FoldedOperationStep;

/** What {@link optimizeForInference} runs, as data: for whoever computes it in another way or writes it down. */
export interface FoldedPass {
  /** Of every value, without the batch. */
  readonly shapes: readonly (readonly number[])[];
  /** In the order of execution. */
  readonly steps: readonly FoldedStep[];
  readonly input: number;
  readonly output: number;
}

/**
 * The pass that a predictor runs over images of one shape, batch norms folded, with the arrays it needs read out of the model.
 *
 * @param inputShape `[N,H,W,C]`
 * @throws StateDictError if the model has no values yet.
 */
export async function foldedPass(model: Module, inputShape: readonly number[]): Promise<FoldedPass> {
  const traced = trace(model, inputShape);
  const [input] = traced.nodes as [TraceNode];
  const steps = plan(traced);
  const modules = new Map([...namedModules(model)].map(([name, module]) => [module, name]));
  const names = new Map([...parameters(model)].map(([name, parameter]) => [parameter, name]));
  const numbers = new Map([input, ...steps.map(({ output }) => output)].map((node, i) => [node, i]));
  const numberOf = (node: TraceNode): number => numbers.get(node) as number;
  const nameOf = ({ module }: TraceNode): string => modules.get(module) ?? '';

  const written = async (step: PlanStep): Promise<FoldedStep> => {
    const output = numberOf(step.output);
    if (step.kind === 'conv') {
      const name = nameOf(step.conv);
      const { filter, bias } = fold(step).get();
      const [x] = reads(step) as [TraceNode];
      return {
        kind: 'conv',
        name,
        op: linear.made(step.conv) ? 'linear' : 'conv2d',
        input: numberOf(x),
        ...(step.residual && { residual: numberOf(step.residual) }),
        output,
        filter: await taken(`${name}.weight`, filter),
        bias: await taken(`${name}.bias`, bias),
        attributes: step.attributes,
        activation: step.activation,
      };
    }
    const norm = step.kind === 'normRelu' ? step.norm : batchNorm.made(step.output) ? step.output : undefined;
    if (norm) {
      const [, ...statistics] = norm.inputs as [TraceNode, Parameter, Parameter, Parameter, Parameter];
      const [gain, offset, mean, variance] = (await Promise.all(statistics.map(({ variable }) => variable.data()))) as Float32Array[];
      const scale = (gain as Float32Array).map((g, c) => g / Math.sqrt((variance?.[c] as number) + norm.attributes.epsilon));
      const shift = (offset as Float32Array).map((o, c) => o - (mean?.[c] as number) * (scale[c] as number));
      const activation = step.kind === 'normRelu' ? 'relu' : 'linear';
      return { kind: 'norm', name: nameOf(norm), inputs: reads(step).map(numberOf), output, scale, shift, activation };
    }
    const { op, inputs } = step.output;
    const [first] = inputs as [TraceNode];
    const attributes = averagePool.made(step.output) ? settled(first.shape, step.output.attributes) : step.output.attributes;
    const operands = await Promise.all(
      inputs.map(async (x) =>
        x instanceof Parameter
          ? { name: names.get(x) ?? op, shape: x.storedShape, data: Float32Array.from(await x.variable.data()) }
          : numberOf(x),
      ),
    );
    return {
      kind: 'operation',
      name: nameOf(step.output),
      op,
      attributes: attributes as Readonly<Record<string, unknown>>,
      operands,
      output,
    };
  };
  const shapes = [...numbers.keys()].map(({ shape }) => shape.slice(1));
  const all: FoldedStep[] = [];
  for (const step of steps) all.push(await written(step));
  return { shapes, steps: all, input: numberOf(input), output: numberOf(traced.output) };
}

async function taken(name: string, tensor: tf.Tensor): Promise<FoldedArray> {
  try {
    return { name, shape: tensor.shape, data: (await tensor.data()) as Float32Array };
  } finally {
    tensor.dispose();
  }
}
