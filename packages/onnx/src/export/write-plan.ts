import { toTorch } from '@resnetjs/core';
import type { Affine, AveragePool, Constant, Conv, Float, QuantizedPlan, Step, Value, ValueId } from '@resnetjs/quantize';
import { TensorProto_DataType } from '../schema/onnx-ml_pb.js';
import { convolution, type Emission, emitNamed, type OperationName } from './emitters.ts';
import { bytesOf, type GraphBuilder, type Initializer } from './graph-builder.ts';

/** What a plan became. */
export interface WrittenPlan {
  /** The name of its output. */
  readonly output: string;
  /** The names of its values: those of 8 bits as integers, before they are dequantized. */
  readonly values: ReadonlyMap<ValueId, string>;
}

/**
 * Writes a network in 8 bits as QuantizeLinear and DequantizeLinear around float operators, which runtimes join to operators on integers: the plan's
 * own scales, weights int8 with a scale for each output channel, biases int32 in units of both. What is `u8` in the plan is rectified by its type, as
 * there, so that there is no Relu.
 *
 * @param input the name of what goes in, float32.
 */
export function writePlan(graph: GraphBuilder, { values, steps, input, output }: QuantizedPlan, inputName: string): WrittenPlan {
  const made = new Map<ValueId, string>([[input, inputName]]);
  const dequantized = new Map<ValueId, string>();
  const quantization = quantizer(graph);
  const valueAt = (id: ValueId): Value => values[id] as Value;
  const nameOf = (id: ValueId): string => made.get(id) as string;
  /** A value in float, whatever it is in the plan. */
  const read = (id: ValueId): string => {
    const { type, scale } = valueAt(id);
    if (type === 'f32') return nameOf(id);
    const name = dequantized.get(id) ?? quantization.dequantize('', nameOf(id), { type, scale });
    dequantized.set(id, name);
    return name;
  };
  const context: Context = { graph, ...quantization, read, nameOf, valueAt };
  for (const step of steps) made.set(step.output, write(step, context));
  return { output: nameOf(output), values: made };
}

interface Context extends Quantizer {
  readonly graph: GraphBuilder;
  readonly read: (id: ValueId) => string;
  readonly nameOf: (id: ValueId) => string;
  readonly valueAt: (id: ValueId) => Value;
}

/** @returns the name of what the step makes. */
function write(step: Step, context: Context): string {
  const { graph, read, nameOf, valueAt, quantize } = context;
  const to = valueAt(step.output);
  switch (step.kind) {
    case 'quantize':
      return quantize('', read(step.input), to);
    case 'dequantize':
      return read(step.input);
    case 'conv':
      return writeConv(step, context);
    case 'maxPool': {
      const { window: filterSize, strides, pad } = step;
      return quantize('', emitNamed('maxPool', emissionOf(step, context, { filterSize, strides, pad })), to);
    }
    case 'averagePool':
      return writeAverage(step, context);
    case 'add':
      return quantize('', graph.node('', 'Add', step.inputs.map(read)), to);
    case 'concat':
      return quantize('', graph.node('', 'Concat', step.inputs.map(read), { axis: 1 }), to);
    case 'affine':
      return writeAffine(step, context);
    case 'scaleChannels': {
      const gate = valueAt(step.gate).shape.length === 1 ? pixelOf(graph, nameOf(step.gate), to) : nameOf(step.gate);
      return quantize('', graph.node('', 'Mul', [read(step.input), gate]), to);
    }
    case 'float':
      return writeFloat(step, context);
  }
}

/** `[N,C]` as an image of one pixel. */
const pixelOf = (graph: GraphBuilder, name: string, { shape }: Value): string =>
  graph.node('', 'Reshape', [name, graph.integers([0, shape.at(-1) as number, 1, 1])]);

function emissionOf<A>(
  step: { readonly input: ValueId; readonly output: ValueId },
  { graph, read, valueAt }: Context,
  attributes: A,
): Emission<A> {
  return {
    graph,
    inputs: [read(step.input)],
    attributes,
    shapes: [[1, ...valueAt(step.input).shape]],
    output: [1, ...valueAt(step.output).shape],
    path: '',
  };
}

function writeConv(step: Conv, context: Context): string {
  const { graph, read, valueAt, quantize, dequantize, stored } = context;
  const { name, filterShape, weights, weightScales, bias, residual, strides, pad, dilations, groups } = step;
  const [kh, kw, inC, outC] = filterShape;
  const from = valueAt(step.input);
  const to = valueAt(step.output);
  const isLinear = from.shape.length === 1;
  const shape = [outC, inC, kh, kw];
  const filter = {
    type: TensorProto_DataType.INT8,
    shape: isLinear ? [outC, inC] : shape,
    bytes: bytesOf(toTorch(weights, shape, 'OIHW')),
  };
  const offsets = { type: TensorProto_DataType.INT32, shape: [outC], bytes: bytesOf(bias) };
  const inputs = [
    read(step.input),
    stored(`${name}.weight`, filter, weightScales),
    stored(
      `${name}.bias`,
      offsets,
      weightScales.map((scale) => scale * from.scale),
    ),
  ];
  const result = isLinear
    ? graph.node(name, 'Gemm', inputs, { transB: 1 })
    : convolution({
        graph,
        inputs,
        attributes: { strides, pad, dilations, groups },
        shapes: [[1, ...from.shape], filterShape],
        output: [1, ...to.shape],
        path: name,
      });
  if (!residual) return to.type === 'f32' ? result : quantize(name, result, to);
  const branch = { type: residual.branchType, scale: residual.branchScale };
  const sum = graph.node(name, 'Add', [dequantize(name, quantize(name, result, branch), branch), read(residual.value)]);
  return quantize(name, sum, to);
}

function writeAverage(step: AveragePool, context: Context): string {
  const { graph, read, valueAt, quantize } = context;
  const to = valueAt(step.output);
  const isWhole = to.shape.length === 1;
  const { window: filterSize, strides, pad, countPadding } = step;
  const mean = isWhole
    ? graph.node('', 'GlobalAveragePool', [read(step.input)])
    : emitNamed('averagePool', emissionOf(step, context, { filterSize, strides, pad, countPadding }));
  const made = to.type === 'f32' ? mean : quantize('', mean, to);
  return isWhole ? graph.node('', 'Flatten', [made], { axis: 1 }) : made;
}

/**
 * In units of levels, as the plan has it, from a scale of 1 to a scale of 1: the same float32 operations, so the same bits. Several inputs are laid side by
 * side as bytes: a dense block reads dozens of them, again and again.
 */
function writeAffine({ name, inputs, output, scale, shift }: Affine, { graph, nameOf, valueAt, quantize, dequantize }: Context): string {
  const constant = (key: string, type: TensorProto_DataType, shape: readonly number[], bytes: Uint8Array) =>
    graph.initializer(`${name}.${key}`, { type, shape, bytes });
  const from = inputs.map(valueAt);
  const types = new Set(from.map(({ type }) => type));
  const bytes = inputs.length === 1 ? nameOf(inputs[0] as ValueId) : graph.node(name, 'Concat', inputs.map(nameOf), { axis: 1 });
  const channels = scale.length;
  const levels = (): string => {
    const [type] = types;
    if (types.size === 1) return dequantize(name, bytes, { type: type as Value['type'], scale: 1 });
    const zeros = Uint8Array.from(from.flatMap(({ type: own, shape }) => new Array<number>(shape.at(-1) as number).fill(zeroPoint(own))));
    const ones = constant('one', TensorProto_DataType.FLOAT, [channels], bytesOf(new Float32Array(channels).fill(1)));
    const zero = constant('zero', TensorProto_DataType.UINT8, [channels], zeros);
    return graph.node(name, 'DequantizeLinear', [bytes, ones, zero], { axis: 1 });
  };
  const { type, shape } = valueAt(output);
  const perChannel = shape.length === 1 ? [1, channels] : [1, channels, 1, 1];
  const scaled = graph.node(name, 'Mul', [levels(), constant('scale', TensorProto_DataType.FLOAT, perChannel, bytesOf(scale))]);
  const shifted = graph.node(name, 'Add', [scaled, constant('shift', TensorProto_DataType.FLOAT, perChannel, bytesOf(shift))]);
  return quantize(name, shifted, { type, scale: 1 });
}

function writeFloat({ op, attributes, operands, output }: Float, { graph, read, valueAt }: Context): string {
  const isValue = (operand: ValueId | Constant): operand is ValueId => typeof operand === 'number';
  return emitNamed(op as OperationName, {
    graph,
    inputs: operands.map((operand) => (isValue(operand) ? keptFloat(graph, read(operand)) : constantOf(graph, operand))),
    attributes,
    shapes: operands.map((operand) => (isValue(operand) ? [1, ...valueAt(operand).shape] : operand.shape)),
    output: [1, ...valueAt(output).shape],
    path: '',
  });
}

/**
 * A value that a float step reads. Where it comes out of bytes, a Clip that changes nothing stands between: onnxruntime (1.20 and later) rounds filters of floats
 * between a DequantizeLinear and a QuantizeLinear to 8 bits, too.
 */
function keptFloat(graph: GraphBuilder, value: string): string {
  const isDequantized = graph.nodes.some(({ opType, output }) => opType === 'DequantizeLinear' && output[0] === value);
  return isDequantized ? graph.node('', 'Clip', [value, graph.floats('least_float', [], Float32Array.of(-LARGEST_FLOAT))]) : value;
}

const LARGEST_FLOAT = 2 ** 127 * (2 - 2 ** -23);

/** An array of a float step in PyTorch's layout: of four axes it is a filter, of two the weights of a linear layer. */
function constantOf(graph: GraphBuilder, { name, shape, data }: Constant): string {
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  const torch = shape.length === 4 ? [d, c, a, b] : shape.length === 2 ? [b, a] : shape;
  const layout = shape.length === 4 ? 'OIHW' : shape.length === 2 ? 'OI' : 'vector';
  return graph.initializer(name, { type: TensorProto_DataType.FLOAT, shape: torch, bytes: bytesOf(toTorch(data, torch, layout)) });
}

type Levels = Pick<Value, 'type' | 'scale'>;

/**
 * All values of 8 bits are bytes without a sign, those that the plan has from -128 to 127 as many levels higher: onnxruntime joins only operators that
 * read and make one type.
 */
const zeroPoint = (type: Value['type']): number => (type === 'u8' ? 0 : 128);

interface Quantizer {
  readonly quantize: (path: string, value: string, as: Levels) => string;
  readonly dequantize: (path: string, value: string, as: Levels) => string;
  /** Integers of the file in float, with a scale for each along the first axis. */
  readonly stored: (name: string, integers: Omit<Initializer, 'name'>, scales: Float32Array) => string;
}

function quantizer(graph: GraphBuilder): Quantizer {
  const scales = new Map<number, string>();
  const zeros = new Map<Value['type'], string>();
  const scaleOf = ({ scale }: Levels): string => {
    const name =
      scales.get(scale) ??
      graph.initializer('scale', { type: TensorProto_DataType.FLOAT, shape: [], bytes: bytesOf(Float32Array.of(scale)) });
    scales.set(scale, name);
    return name;
  };
  const zeroOf = ({ type }: Levels): string => {
    const name =
      zeros.get(type) ??
      graph.initializer(`zero_${type}`, { type: TensorProto_DataType.UINT8, shape: [], bytes: Uint8Array.of(zeroPoint(type)) });
    zeros.set(type, name);
    return name;
  };
  return {
    quantize: (path, value, as) => graph.node(path, 'QuantizeLinear', [value, scaleOf(as), zeroOf(as)]),
    dequantize: (path, value, as) => graph.node(path, 'DequantizeLinear', [value, scaleOf(as), zeroOf(as)]),
    stored: (name, { type, shape, bytes }, perChannel) => {
      const integers = graph.initializer(name, { type, shape, bytes });
      const perOutput = [perChannel.length];
      const scale = graph.initializer(`${name}_scale`, { type: TensorProto_DataType.FLOAT, shape: perOutput, bytes: bytesOf(perChannel) });
      if (type !== TensorProto_DataType.INT8) return graph.node(name, 'DequantizeLinear', [integers, scale], { axis: 0 });
      // Written out: where onnxruntime makes bytes without a sign of weights, it takes none for one zero, not one for each channel.
      const zero = graph.initializer(`${name}_zero`, { type, shape: perOutput, bytes: new Uint8Array(perChannel.length) });
      return graph.node(name, 'DequantizeLinear', [integers, scale, zero], { axis: 0 });
    },
  };
}
