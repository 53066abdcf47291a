import { formatShape, type OperationCall, operations, type Parameter, type TraceNode } from '@resnetjs/core';
import type { NodeProto } from '../schema/onnx-ml_pb.js';
import { attribute, describe, integer, isOnnx, type OnnxGraph, text } from './onnx-graph.ts';

/** Where a file's graph and a network's differ. */
export class Mismatch {
  readonly node: TraceNode;
  /** `the file has Conv "…" where …` */
  readonly fault: string;
  /** Whether they could only not be compared: they may be the same. */
  readonly isOpen: boolean;

  constructor(node: TraceNode, fault: string, { isOpen = false } = {}) {
    this.node = node;
    this.fault = fault;
    this.isOpen = isOpen;
  }
}

/** What a parameter is made of. */
export type Binding =
  | { readonly parameter: Parameter; readonly constant: string; readonly transposed?: boolean }
  /** A norm that was folded into the convolution before it is left as the identity, with the convolution's bias. */
  | { readonly parameter: Parameter; readonly fill: 'identity scale' | 'zeros' | 'identity variance'; readonly epsilon: number }
  /** No parameter: a constant that must be these numbers, over and over, for the rest to hold. */
  | { readonly constant: string; readonly assumed: readonly number[] };

/** Nodes that are to be the values beside them. */
export type Way = readonly (readonly [TraceNode, string])[];

export interface Matched {
  readonly bindings: readonly Binding[];
  /** What must hold then: one of these, where operands can be exchanged. */
  readonly ways: readonly Way[];
}

type AttributesOf<Call> = Call extends OperationCall<infer A> ? A : never;
type Window = Pick<AttributesOf<typeof operations.conv2d>, 'strides' | 'pad' | 'dilations'>;

/** Lays one operation of a trace over what makes a value. @param value not one that is only passed on. */
export function match(graph: OnnxGraph, node: TraceNode, value: string): Matched | Mismatch {
  const made = graph.maker(value);
  if (!made) {
    const what =
      value === graph.input
        ? 'the input'
        : graph.constantShape(value)
          ? `the constant ${JSON.stringify(value)}`
          : `nothing that makes ${JSON.stringify(value)}`;
    return new Mismatch(node, `the file has ${what} here`);
  }
  if (!isOnnx(made)) return new Mismatch(node, `the file has ${describe(made)} here, which is no operator of ONNX's own`);
  const [x, second] = node.inputs as [TraceNode, TraceNode | Parameter];
  const other = (wanted: string): Mismatch => new Mismatch(node, `the file has ${describe(made)} where ${wanted} is expected`);
  const through = (...ways: Way[]): Matched => ({ bindings: [], ways });
  const [a = '', b = ''] = made.input;

  if (operations.reshape.made(node)) return through([[x, value]]);
  if (operations.batchNorm.made(node)) return matchNorm(graph, node, made, other);
  if (operations.conv2d.made(node) || operations.standardizedConv2d.made(node)) return matchConvolution(graph, node, node.attributes, made);
  if (operations.linear.made(node)) return matchLinear(graph, node, made, other);
  if (operations.relu.made(node)) return made.opType === 'Relu' ? through([[x, a]]) : other('a Relu');
  if (operations.sigmoid.made(node)) return made.opType === 'Sigmoid' ? through([[x, a]]) : other('a Sigmoid');
  if (operations.silu.made(node)) {
    const gate = [a, b].find((input) => graph.maker(input)?.opType === 'Sigmoid');
    return made.opType === 'Mul' && gate !== undefined ? through([[x, gate === a ? b : a]]) : other('a Mul by a Sigmoid');
  }
  if (operations.add.made(node)) return made.opType === 'Add' ? exchangeable(node, made) : other('an Add');
  if (operations.addRelu.made(node)) {
    const sum = made.opType === 'Relu' ? graph.maker(a) : undefined;
    if (!sum) return other('a Relu');
    return sum.opType === 'Add'
      ? exchangeable(node, sum)
      : new Mismatch(node, `the file has ${describe(sum)} before ${describe(made)} where an Add is expected`);
  }
  if (operations.scaleChannels.made(node)) return made.opType === 'Mul' ? exchangeable(node, made) : other('a Mul');
  if (operations.concat.made(node)) {
    const wanted = joined(node);
    if (wanted.length === 1) return through([[x, value]]);
    const parts = concatenated(graph, made);
    if (made.opType !== 'Concat' || integer(made, 'axis', 1) !== 1) return other('a Concat of channels');
    if (parts.length !== wanted.length)
      return new Mismatch(node, `${describe(made)} joins ${parts.length} values but ${wanted.length} are expected`);
    return through(wanted.map((input, i) => [input, parts[i] as string] as const));
  }
  if (operations.globalAveragePool.made(node)) {
    if (made.opType === 'GlobalAveragePool') return through([[x, a]]);
    const axes = made.opType === 'ReduceMean' ? graph.integers(made, 'axes', 1) : undefined;
    const rank = 4;
    return axes &&
      axes
        .map((axis) => (axis < 0 ? axis + rank : axis))
        .sort()
        .join() === '2,3'
      ? through([[x, a]])
      : other('a mean over all pixels');
  }
  if (operations.maxPool.made(node)) {
    const { filterSize, strides, pad } = node.attributes;
    if (made.opType !== 'MaxPool') return other('a MaxPool');
    return windowFault(node, made, { strides, pad, dilations: [1, 1] }, filterSize) ?? through([[x, a]]);
  }
  if (operations.averagePool.made(node)) return matchAveragePool(node, made, other);
  if (operations.channelConvolution.made(node)) {
    const shape = made.opType === 'Conv' ? graph.constantShape(b) : undefined;
    if (shape?.join() !== (second as Parameter).shape.join())
      return other(`a convolution along channels, ${formatShape((second as Parameter).shape)},`);
    return { bindings: [{ parameter: second as Parameter, constant: b }], ways: [[[x, a]]] };
  }
  if (operations.paddedShortcut.made(node)) return matchPaddedShortcut(graph, node, made, other);
  if (operations.groupNorm.made(node)) return matchGroupNorm(graph, node, made, other);
  if (operations.zeroPad.made(node)) {
    const { pixels } = node.attributes;
    return matchPad(graph, node, made, { pads: [0, 0, pixels, pixels, 0, 0, pixels, pixels], mode: 'constant' });
  }
  if (operations.blur.made(node)) return matchBlur(graph, node, made, other);
  return new Mismatch(node, `${node.op} is not looked for in ONNX files (which has ${describe(made)} here)`, { isOpen: true });
}

const exchangeable = (node: TraceNode, { input: [a = '', b = ''] }: NodeProto): Matched => {
  const [first, second] = node.inputs as [TraceNode, TraceNode];
  return {
    bindings: [],
    ways: [
      [
        [first, a],
        [second, b],
      ],
      [
        [first, b],
        [second, a],
      ],
    ],
  };
};

/** What is side by side in the end, where one concat takes what another made. */
const concatenated = (graph: OnnxGraph, made: NodeProto): string[] =>
  made.input.flatMap((input) => {
    const inner = graph.maker(input);
    return inner?.opType === 'Concat' && isOnnx(inner) ? concatenated(graph, inner) : [input];
  });

const joined = (node: TraceNode): TraceNode[] =>
  (node.inputs as readonly TraceNode[]).flatMap((input) => (operations.concat.made(input) ? joined(input) : [input]));

type Other = (wanted: string) => Mismatch;

function matchNorm(
  graph: OnnxGraph,
  node: TraceNode & { readonly attributes: { readonly epsilon: number } },
  made: NodeProto,
  other: Other,
): Matched | Mismatch {
  const [x, ...parameters] = node.inputs as [TraceNode, Parameter, Parameter, Parameter, Parameter];
  const { epsilon } = node.attributes;
  if (made.opType === 'BatchNormalization') {
    const stored = Math.fround(attribute(made, 'epsilon')?.f ?? 1e-5);
    if (stored !== Math.fround(epsilon)) return new Mismatch(node, `${describe(made)} has the epsilon ${stored}, not ${epsilon}`);
    const faulty = parameters.find((parameter, i) => graph.constantShape(made.input[i + 1])?.join() !== parameter.shape.join());
    if (faulty) return other(`a BatchNormalization of ${faulty.shape} channels`);
    return {
      bindings: parameters.map((parameter, i) => ({ parameter, constant: made.input[i + 1] as string })),
      ways: [[[x, made.input[0] as string]]],
    };
  }
  const isConvolution = operations.conv2d.made(x) || operations.standardizedConv2d.made(x);
  if (made.opType !== 'Conv' || !isConvolution) return other('a BatchNormalization');
  // Folded: the convolution's bias is what the norm adds.
  const convolved = matchConvolution(graph, x, x.attributes as AttributesOf<typeof operations.conv2d>, made, { takesBias: false });
  if (convolved instanceof Mismatch) return convolved;
  const [scale, offset, mean, variance] = parameters;
  const bias = made.input[2];
  const own = x.inputs[2] as Parameter | undefined;
  return {
    ways: convolved.ways,
    bindings: [
      ...convolved.bindings,
      ...(own ? [{ parameter: own, fill: 'zeros' as const, epsilon }] : []),
      { parameter: scale, fill: 'identity scale', epsilon },
      bias ? { parameter: offset, constant: bias } : { parameter: offset, fill: 'zeros', epsilon },
      { parameter: mean, fill: 'zeros', epsilon },
      { parameter: variance, fill: 'identity variance', epsilon },
    ],
  };
}

function matchConvolution(
  graph: OnnxGraph,
  node: TraceNode,
  attributes: AttributesOf<typeof operations.conv2d>,
  made: NodeProto,
  { takesBias = true } = {},
): Matched | Mismatch {
  const [x, filter, bias] = node.inputs as [TraceNode, Parameter, Parameter?];
  const [input = '', weight = '', offset] = made.input;
  const expected = `a convolution by ${formatShape(filter.shape)}`;
  if (made.opType !== 'Conv') return new Mismatch(node, `the file has ${describe(made)} where ${expected} is expected`);
  const standardized = operations.standardizedConv2d.made(node) ? standardizedFilter(graph, weight, filter, node.attributes) : undefined;
  const shape = standardized ? [...filter.shape] : graph.constantShape(weight);
  if (!shape) return new Mismatch(node, `the filter of ${describe(made)} is computed, no constant`, { isOpen: true });
  if (shape.join() !== filter.shape.join())
    return new Mismatch(node, `${describe(made)} is by ${formatShape(shape)} where ${expected} is expected`);
  if (integer(made, 'group', 1) !== attributes.groups)
    return new Mismatch(node, `${describe(made)} has ${integer(made, 'group', 1)} groups but ${attributes.groups} are expected`);
  const fault = windowFault(node, made, attributes, shape.slice(2) as [number, number]);
  if (fault) return fault;
  if (takesBias && offset && !bias) return new Mismatch(node, `${describe(made)} adds a bias but none is expected`);
  const bindings: Binding[] = [...(standardized ?? [{ parameter: filter, constant: weight }])];
  if (takesBias && bias) bindings.push(offset ? { parameter: bias, constant: offset } : { parameter: bias, fill: 'zeros', epsilon: 0 });
  return { bindings, ways: [[[x, input]]] };
}

/** A filter that the graph itself brings to mean 0 and variance 1, by a norm of its rows as channels: as timm does, and toOnnx without folding. */
function standardizedFilter(
  graph: OnnxGraph,
  weight: string,
  filter: Parameter,
  { epsilon }: AttributesOf<typeof operations.standardizedConv2d>,
): readonly Binding[] | undefined {
  const norm = graph.maker(weight);
  if (!norm || !isOnnx(norm) || !['BatchNormalization', 'InstanceNormalization'].includes(norm.opType)) return undefined;
  const [rows = '', ones = '', zeros = '', mean = '', variance = ''] = norm.input;
  const isOfItself =
    norm.opType === 'InstanceNormalization' ||
    integer(norm, 'training_mode', 0) === 1 ||
    [mean, variance].every((value) => graph.maker(value)?.opType === 'ReduceMean');
  const isOfRows = sizeOf(graph.constantShape(rows)) === filter.size && graph.constantShape(ones)?.join() === `${filter.shape[0]}`;
  if (!isOfItself || !isOfRows || Math.fround(attribute(norm, 'epsilon')?.f ?? 1e-5) !== Math.fround(epsilon)) return undefined;
  return [
    { parameter: filter, constant: rows },
    { constant: ones, assumed: [1] },
    { constant: zeros, assumed: [0] },
  ];
}

const sizeOf = (shape: readonly number[] | undefined): number | undefined => shape?.reduce((product, size) => product * size, 1);

/** As one operator, or as an InstanceNormalization of groups, scaled and shifted by channel. */
function matchGroupNorm(
  graph: OnnxGraph,
  node: TraceNode & { readonly attributes: AttributesOf<typeof operations.groupNorm> },
  made: NodeProto,
  other: Other,
): Matched | Mismatch {
  const [x, scale, offset] = node.inputs as [TraceNode, Parameter, Parameter];
  const { groups, epsilon } = node.attributes;
  const wanted = `a norm of ${scale.shape} channels in ${groups} groups`;
  const perChannel = (input: string): boolean => sizeOf(graph.constantShape(input)) === scale.size;
  const apart = (value: NodeProto | undefined, opType: string) => {
    const constant = value?.opType === opType ? value.input.find(perChannel) : undefined;
    const rest = value?.input.find((input) => input !== constant);
    return constant !== undefined && rest !== undefined ? { constant, rest } : undefined;
  };
  const epsilonOf = (norm: NodeProto): Mismatch | undefined => {
    const stored = Math.fround(attribute(norm, 'epsilon')?.f ?? 1e-5);
    return stored === Math.fround(epsilon) ? undefined : new Mismatch(node, `${describe(norm)} has the epsilon ${stored}, not ${epsilon}`);
  };
  if (made.opType === 'GroupNormalization') {
    const [input = '', factors = '', terms = ''] = made.input;
    if (integer(made, 'num_groups', 0) !== groups || !perChannel(factors) || !perChannel(terms)) return other(wanted);
    const bindings = [
      { parameter: scale, constant: factors },
      { parameter: offset, constant: terms },
    ];
    return epsilonOf(made) ?? { bindings, ways: [[[x, input]]] };
  }
  const shifted = apart(made, 'Add');
  const scaled = shifted && apart(graph.maker(shifted.rest), 'Mul');
  const norm = scaled && graph.maker(scaled.rest);
  if (norm?.opType !== 'InstanceNormalization') return other(wanted);
  const [input = '', ones = '', zeros = ''] = norm.input;
  if (graph.constantShape(ones)?.join() !== `${groups}`) return other(wanted);
  return (
    epsilonOf(norm) ?? {
      bindings: [
        { parameter: scale, constant: scaled?.constant as string },
        { parameter: offset, constant: shifted?.constant as string },
        { constant: ones, assumed: [1] },
        { constant: zeros, assumed: [0] },
      ],
      ways: [[[x, input]]],
    }
  );
}

function matchPad(
  graph: OnnxGraph,
  node: TraceNode,
  made: NodeProto,
  { pads, mode }: { readonly pads: readonly number[]; readonly mode: string },
): Matched | Mismatch {
  const [x] = node.inputs as [TraceNode];
  const found = made.opType === 'Pad' ? graph.integers(made, 'pads', 1) : undefined;
  if (made.opType === 'Pad' && !found)
    return new Mismatch(node, `how far ${describe(made)} pads is computed, no constant`, { isOpen: true });
  if (found?.join() !== pads.join() || text(made, 'mode', 'constant') !== mode)
    return new Mismatch(node, `the file has ${describe(made)} where a Pad (${mode}) by ${formatShape(pads)} is expected`);
  const filling = made.input[2];
  const bindings = filling && graph.constantShape(filling) ? [{ constant: filling, assumed: [0] }] : [];
  return { bindings, ways: [[[x, made.input[0] as string]]] };
}

/** [1,2,1] in both directions by 16, each channel by itself, behind a mirrored border. */
function matchBlur(
  graph: OnnxGraph,
  node: TraceNode & { readonly attributes: AttributesOf<typeof operations.blur> },
  made: NodeProto,
  other: Other,
): Matched | Mismatch {
  const channels = node.shape[3] as number;
  const [padded = '', taps = ''] = made.input;
  if (made.opType !== 'Conv' || integer(made, 'group', 1) !== channels || graph.constantShape(taps)?.join() !== `${channels},1,3,3`)
    return other('a blur, a convolution of each channel by itself,');
  const { stride } = node.attributes;
  const fault = windowFault(node, made, { strides: [stride, stride], pad: [0, 0, 0, 0], dilations: [1, 1] }, [3, 3]);
  if (fault) return fault;
  const border = graph.maker(padded);
  if (!border) return other('a mirrored border before a blur');
  const behind = matchPad(graph, node, border, { pads: [0, 0, 1, 1, 0, 0, 1, 1], mode: 'reflect' });
  if (behind instanceof Mismatch) return behind;
  const blurred = [1, 2, 1].flatMap((row) => [1, 2, 1].map((column) => (row * column) / 16));
  return { bindings: [{ constant: taps, assumed: blurred }], ways: behind.ways };
}

/** Where a node's window is another; undefined where it is the same. */
function windowFault(
  node: TraceNode,
  made: NodeProto,
  { strides, pad, dilations }: Window,
  kernel: readonly [number, number],
): Mismatch | undefined {
  const numbers = (name: string, usual: readonly number[]) => {
    const found = attribute(made, name)?.ints.map(Number);
    return found?.length ? found : usual;
  };
  const [top, bottom, left, right] = pad;
  const faults = (
    [
      ['kernel_shape', kernel, kernel],
      ['strides', strides, [1, 1]],
      ['pads', [top, left, bottom, right], [0, 0, 0, 0]],
      ['dilations', dilations, [1, 1]],
    ] as const
  ).flatMap(([name, wanted, usual]) => {
    const found = numbers(name, usual);
    return found.join() === wanted.join() ? [] : [`${name} ${formatShape(found)} instead of ${formatShape(wanted)}`];
  });
  if (!['NOTSET', 'VALID'].includes(text(made, 'auto_pad', 'NOTSET'))) faults.push(`auto_pad ${text(made, 'auto_pad', '')}`);
  return faults.length > 0 ? new Mismatch(node, `${describe(made)} has ${faults.join(' and ')}`) : undefined;
}

function matchAveragePool(node: TraceNode, made: NodeProto, other: Other): Matched | Mismatch {
  const { filterSize, strides, pad, countPadding, ceil } = node.attributes as AttributesOf<typeof operations.averagePool>;
  const [x] = node.inputs as [TraceNode];
  if (made.opType !== 'AveragePool') return other('an AveragePool');
  const [, h = 0, w = 0] = x.shape;
  // Rounding up, and padding on the far side in its place, are the same windows; where all windows fit, both are none.
  const reach = (axis: 0 | 1, size: number, behind: number) =>
    Math.max(behind, ((node.shape[axis + 1] as number) - 1) * strides[axis] + filterSize[axis] - pad[(2 * axis) as 0 | 2] - size);
  const full = [pad[0], reach(0, h, pad[1]), pad[2], reach(1, w, pad[3])] as const;
  const rounded = ceil && integer(made, 'ceil_mode', 0) === 1;
  const fault = windowFault(node, made, { strides, pad: rounded ? pad : full, dilations: [1, 1] }, filterSize);
  const counts = integer(made, 'count_include_pad', 0) === 1;
  if (fault) return fault;
  if (full.some((p) => p > 0) && counts !== Boolean(countPadding))
    return new Mismatch(node, `${describe(made)} counts its padding otherwise`);
  return { bindings: [], ways: [[[x, made.input[0] as string]]] };
}

function matchLinear(graph: OnnxGraph, node: TraceNode, made: NodeProto, other: Other): Matched | Mismatch {
  const [x, weight, bias] = node.inputs as [TraceNode, Parameter, Parameter?];
  const expected = `a linear layer of ${formatShape(weight.shape)}`;
  const sum = made.opType === 'Add' ? made : undefined;
  const offset =
    sum?.input.find((input) => graph.constantShape(input)?.length === 1) ?? (made.opType === 'Gemm' ? made.input[2] : undefined);
  const product = sum ? graph.maker(sum.input.find((input) => input !== offset) ?? '') : made;
  if (!product || !['Gemm', 'MatMul'].includes(product.opType)) return other(expected);
  const isGemm = product.opType === 'Gemm';
  const scales = ['alpha', 'beta'].some((name) => (attribute(product, name)?.f ?? 1) !== 1);
  if (isGemm && (scales || integer(product, 'transA', 0) !== 0))
    return new Mismatch(node, `${describe(product)} scales or transposes what it reads`);
  const [input = '', matrix = ''] = product.input;
  const transposed = !(isGemm && integer(product, 'transB', 0) === 1);
  const shape = graph.constantShape(matrix);
  const found = transposed ? shape && [...shape].reverse() : shape;
  if (found?.join() !== weight.shape.join())
    return new Mismatch(
      node,
      `${describe(product)} is by ${found ? formatShape(found) : 'what is computed'} where ${expected} is expected`,
    );
  if (offset && !bias) return new Mismatch(node, `${describe(made)} adds a bias but none is expected`);
  if (offset && graph.constantShape(offset)?.join() !== bias?.shape.join()) return other(`a bias of ${bias?.shape}`);
  const bindings: Binding[] = [{ parameter: weight, constant: matrix, transposed }];
  if (bias) bindings.push(offset ? { parameter: bias, constant: offset } : { parameter: bias, fill: 'zeros', epsilon: 0 });
  return { bindings, ways: [[[x, input]]] };
}

/** Every n-th pixel and zeros for new channels, as Slices before a Pad. */
function matchPaddedShortcut(graph: OnnxGraph, node: TraceNode, made: NodeProto, other: Other): Matched | Mismatch {
  const { stride, outChannels } = node.attributes as AttributesOf<typeof operations.paddedShortcut>;
  const [x] = node.inputs as [TraceNode];
  const channels = x.shape[3] as number;
  const before = Math.floor((outChannels - channels) / 2);
  const pads = made.opType === 'Pad' ? graph.integers(made, 'pads', 1) : undefined;
  const wanted = [0, before, 0, 0, 0, outChannels - channels - before, 0, 0];
  if (outChannels > channels && pads?.join() !== wanted.join()) return other(`a Pad by ${formatShape(wanted)}`);
  if (outChannels > channels && text(made, 'mode', 'constant') !== 'constant') return other('a Pad of zeros');
  let value = outChannels > channels ? (made.input[0] as string) : (made.output[0] as string);
  const steps = [1, 1];
  for (let slice = graph.maker(value); stride > 1 && slice?.opType === 'Slice'; slice = graph.maker(value)) {
    const axes = graph.integers(slice, 'axes', 3) ?? [];
    const begins = graph.integers(slice, 'starts', 1) ?? [];
    const strides = graph.integers(slice, 'steps', 4) ?? axes.map(() => 1);
    for (const [i, axis] of axes.entries()) {
      if (begins[i] !== 0 || (axis !== 2 && axis !== 3)) return other(`every ${stride}th pixel`);
      steps[axis - 2] = (steps[axis - 2] as number) * (strides[i] as number);
    }
    value = slice.input[0] as string;
  }
  return steps.join() === [stride, stride].join() ? { bindings: [], ways: [[[x, value]]] } : other(`every ${stride}th pixel`);
}
