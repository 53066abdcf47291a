import { type Module, namedModules, operations, Parameter, parameters, type Trace, type TraceNode } from '@resnetjs/core';
import { OnnxError } from '../onnx-error.ts';
import { convolution, type Emission, emit } from './emitters.ts';
import { fold, foldable, standardize } from './fold.ts';
import type { GraphBuilder } from './graph-builder.ts';

export interface WriteTraceOptions {
  /** Name of the value that is the trace's input. */
  readonly input: string;
  readonly folded: boolean;
}

/**
 * Writes all of a trace, its parameters as initializers.
 *
 * @returns the name of its output.
 */
export async function writeTrace(graph: GraphBuilder, model: Module, traced: Trace, { input, folded }: WriteTraceOptions): Promise<string> {
  const names = new Map([...parameters(model)].map(([name, parameter]) => [parameter, name]));
  const paths = new Map([...namedModules(model)].map(([name, part]) => [part, name]));
  const values = new Map<TraceNode, string>([[traced.nodes[0] as TraceNode, input]]);
  const nameOf = (parameter: Parameter): string => {
    const name = names.get(parameter);
    if (name === undefined)
      throw new OnnxError(`a parameter of shape [${parameter.shape}] is computed with that is no part of the network.`);
    return name;
  };
  const stored = async (parameter: Parameter) => graph.floats(nameOf(parameter), parameter.shape, await parameter.read());
  const norms = folded ? foldable(traced) : new Map<TraceNode, never>();
  const folds = new Map([...norms].map(([conv, norm]): [TraceNode, TraceNode] => [norm, conv]));

  for (const node of traced.nodes.slice(1)) {
    const convolved = folds.get(node);
    if (convolved) {
      values.set(node, values.get(convolved) as string); // it is in the convolution
      continue;
    }
    const [x, filter, bias] = node.inputs;
    const inputs: string[] = [];
    const standardized = folded && operations.standardizedConv2d.made(node) ? node.attributes : undefined;
    const norm = norms.get(node);
    if (filter instanceof Parameter && (norm || standardized)) {
      const name = nameOf(filter);
      let kernel = await filter.read();
      if (standardized) kernel = standardize(kernel, filter.shape[0] as number, standardized.epsilon);
      let offsets = bias && (await (bias as Parameter).read());
      if (norm) ({ filter: kernel, bias: offsets } = fold(kernel, offsets, await valuesOf(norm)));
      inputs.push(values.get(x as TraceNode) as string, graph.floats(name, filter.shape, kernel));
      if (offsets)
        inputs.push(graph.floats(bias ? nameOf(bias as Parameter) : `${name.replace(/\.?weight$/, '')}.bias`, [offsets.length], offsets));
    } else for (const from of node.inputs) inputs.push(from instanceof Parameter ? await stored(from) : (values.get(from) as string));
    const emission = {
      graph,
      inputs,
      shapes: node.inputs.map((from) => (from instanceof Parameter ? from.storedShape : from.shape)),
      output: node.shape,
      path: paths.get(node.module) ?? '',
    };
    const isPlain = standardized && filter instanceof Parameter;
    values.set(
      node,
      isPlain ? convolution({ ...emission, attributes: standardized } as Emission<typeof standardized>) : emit(node, emission),
    );
  }
  return values.get(traced.output) as string;
}

async function valuesOf(norm: TraceNode & { readonly attributes: { readonly epsilon: number } }) {
  const [scale, offset, mean, variance] = (await Promise.all(norm.inputs.slice(1).map((input) => (input as Parameter).read()))) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return { scale, offset, mean, variance, epsilon: norm.attributes.epsilon };
}
