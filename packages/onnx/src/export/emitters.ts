import { type OperationCall, operations, type TraceNode } from '@resnetjs/core';
import { OnnxError } from '../onnx-error.ts';
import type { Attribute, GraphBuilder } from './graph-builder.ts';

/** One operation of a trace that is to be written as nodes of ONNX. */
export interface Emission<A> {
  readonly graph: GraphBuilder;
  /** Names of what it reads, in its order: values in NCHW, parameters in PyTorch's layout. */
  readonly inputs: readonly string[];
  readonly attributes: A;
  /** Shapes of what it reads and makes, in NHWC; of parameters as they are stored. */
  readonly shapes: readonly (readonly number[])[];
  readonly output: readonly number[];
  /** Dotted name of the module that ran it. */
  readonly path: string;
}

export type OperationName = keyof typeof operations;
type AttributesOf<Name extends OperationName> = (typeof operations)[Name] extends OperationCall<infer A> ? A : never;
type Emitter<Name extends OperationName> = (emission: Emission<AttributesOf<Name>>) => string;

/** How each operation of core is written, images in NCHW: each returns the name of its result. */
const emitters: { readonly [Name in OperationName]: Emitter<Name> } = {
  conv2d: convolution,
  standardizedConv2d: ({ inputs: [x, filter, ...bias], attributes, ...rest }) =>
    convolution({ ...rest, attributes, inputs: [x as string, standardized(filter as string, attributes.epsilon, rest), ...bias] }),
  channelConvolution: ({ graph, inputs: [x, filter], shapes: [[, , , channels = 1] = [], taps = []], path }) => {
    const reach = ((taps[2] as number) - 1) / 2;
    const row = graph.node(path, 'Reshape', [x as string, graph.integers([0, 1, channels])]);
    const mixed = graph.node(path, 'Conv', [row, filter as string], { kernel_shape: [2 * reach + 1], pads: [reach, reach] });
    return graph.node(path, 'Reshape', [mixed, graph.integers([0, channels, 1, 1])]);
  },
  linear: ({ graph, inputs, path }) => graph.node(path, 'Gemm', inputs, { transB: 1 }),

  batchNorm: ({ graph, inputs, attributes: { epsilon }, path }) =>
    graph.node(path, 'BatchNormalization', inputs, { epsilon: { float: epsilon } }),
  groupNorm: ({ graph, inputs: [x, scale, offset], attributes: { groups, epsilon }, shapes: [[, h = 1, w = 1, c = 1] = []], path }) => {
    const perChannel = graph.integers([1, c, 1, 1]);
    const grouped = graph.node(path, 'Reshape', [x as string, graph.integers([0, groups, -1])]);
    const normalized = normalize(graph, path, { x: grouped, groups, epsilon });
    const image = graph.node(path, 'Reshape', [normalized, graph.integers([0, c, h, w])]);
    const scaled = graph.node(path, 'Mul', [image, graph.node(path, 'Reshape', [scale as string, perChannel])]);
    return graph.node(path, 'Add', [scaled, graph.node(path, 'Reshape', [offset as string, perChannel])]);
  },

  relu: ({ graph, inputs, path }) => graph.node(path, 'Relu', inputs),
  sigmoid: ({ graph, inputs, path }) => graph.node(path, 'Sigmoid', inputs),
  silu: ({ graph, inputs: [x], path }) => graph.node(path, 'Mul', [x as string, graph.node(path, 'Sigmoid', [x as string])]),
  // ONNX has a Gelu only from opset 20 on.
  gelu: ({ graph, inputs: [x], path }) => {
    const constant = (name: string, value: number) => graph.floats(`gelu_${name}`, [], new Float32Array([value]));
    const erf = graph.node(path, 'Erf', [graph.node(path, 'Mul', [x as string, constant('sqrt_half', Math.SQRT1_2)])]);
    const cumulative = graph.node(path, 'Mul', [graph.node(path, 'Add', [erf, constant('one', 1)]), constant('half', 0.5)]);
    return graph.node(path, 'Mul', [x as string, cumulative]);
  },

  add: ({ graph, inputs, path }) => graph.node(path, 'Add', inputs),
  addRelu: ({ graph, inputs, path }) => graph.node(path, 'Relu', [graph.node(path, 'Add', inputs)]),
  concat: ({ graph, inputs, path }) => graph.node(path, 'Concat', inputs, { axis: 1 }),
  highway: ({ graph, inputs: [h, x, gate], path }) => {
    const change = graph.node(path, 'Sub', [h as string, x as string]);
    return graph.node(path, 'Add', [x as string, graph.node(path, 'Mul', [graph.node(path, 'Sigmoid', [gate as string]), change])]);
  },
  scaleChannels: ({ graph, inputs, path }) => graph.node(path, 'Mul', inputs),
  // b + w·(a − b), where w is the softmax of two scores: the sigmoid of their difference.
  weightedSum: ({ graph, inputs: [a, b, scores], output, path }) => {
    const channels = output[3] as number;
    const half = (begin: number) => slice(graph, path, scores as string, { axes: [1], begins: [begin], ends: [begin + channels] });
    const weight = graph.node(path, 'Sigmoid', [graph.node(path, 'Sub', [half(0), half(channels)])]);
    const of = (value: string, share: string) => graph.node(path, 'Mul', [value, share]);
    const rest = graph.node(path, 'Sub', [graph.floats('one', [], new Float32Array([1])), weight]);
    return graph.node(path, 'Add', [of(a as string, weight), of(b as string, rest)]);
  },

  maxPool: ({ graph, inputs, attributes: { filterSize, strides, pad }, path }) =>
    graph.node(path, 'MaxPool', inputs, { kernel_shape: filterSize, strides, pads: padsOf(pad) }),
  averagePool: ({
    graph,
    inputs,
    attributes: { filterSize, strides, pad, countPadding },
    shapes: [[, h = 1, w = 1] = []],
    output,
    path,
  }) => {
    // Where sizes are rounded up, the last window reaches beyond the image: written as padding, which every runtime counts alike.
    const behind = (axis: 0 | 1, before: number, given: number, size: number) =>
      Math.max(given, ((output[axis + 1] as number) - 1) * strides[axis] + filterSize[axis] - before - size);
    const full = [pad[0], behind(0, pad[0], pad[1], h), pad[2], behind(1, pad[2], pad[3], w)] as const;
    const pads = full.some((p) => p > 0) ? { pads: padsOf(full), count_include_pad: countPadding ? 1 : 0 } : {};
    return graph.node(path, 'AveragePool', inputs, { kernel_shape: filterSize, strides, ...pads });
  },
  globalAveragePool: ({ graph, inputs, path }) => graph.node(path, 'Flatten', [graph.node(path, 'GlobalAveragePool', inputs)], { axis: 1 }),
  blur: ({ graph, inputs: [x], attributes: { stride }, output, path }) => {
    const channels = output[3] as number;
    const taps = [1, 2, 1].flatMap((row) => [1, 2, 1].map((column) => (row * column) / 16));
    const filter = graph.floats(
      `blur_${channels}`,
      [channels, 1, 3, 3],
      Float32Array.from({ length: channels * 9 }, (_, i) => taps[i % 9] as number),
    );
    const mirrored = graph.node(path, 'Pad', [x as string, graph.integers([0, 0, 1, 1, 0, 0, 1, 1])], { mode: 'reflect' });
    return graph.node(path, 'Conv', [mirrored, filter], { kernel_shape: [3, 3], strides: [stride, stride], group: channels });
  },

  reshape: ({ graph, inputs: [x], attributes: { from, each }, path }) => {
    if (from.length === 1 && each.length === 3) {
      const [h = 1, w = 1, c = 1] = each;
      if (h * w === 1) return graph.node(path, 'Reshape', [x as string, graph.integers([0, c, 1, 1])]);
    }
    if (each.length === 1 && from.length === 1) return x as string;
    if (each.length === 1 && from.length === 3) {
      // In tfjs' order, as the layer behind it was trained: channels are nearest to one another.
      const image = from[0] === 1 && from[1] === 1 ? (x as string) : graph.node(path, 'Transpose', [x as string], { perm: [0, 2, 3, 1] });
      return graph.node(path, 'Reshape', [image, graph.integers([0, each[0] as number])]);
    }
    throw new OnnxError(
      `${path}: a reshape from [N,${from}] to [N,${each}] has no counterpart in NCHW here. Use flatten or asPixel of @resnetjs/core.`,
    );
  },
  takeChannels: ({ graph, inputs: [x], attributes: { begin, size }, path }) =>
    slice(graph, path, x as string, { axes: [1], begins: [begin], ends: [begin + size] }),
  // Not quite 0: onnxruntime (1.30) takes a Pad of 0 before a MaxPool for the pool's own padding, which never wins.
  zeroPad: ({ graph, inputs: [x], attributes: { pixels }, path }) => {
    const least = graph.floats('least_positive', [], new Float32Array([graph.dtype === 'float16' ? 2 ** -24 : 2 ** -126]));
    return graph.node(path, 'Pad', [x as string, graph.integers([0, 0, pixels, pixels, 0, 0, pixels, pixels]), least]);
  },
  paddedShortcut: ({ graph, inputs: [x], attributes: { stride, outChannels }, shapes: [[, h = 1, w = 1, c = 1] = []], path }) => {
    const before = Math.floor((outChannels - c) / 2);
    const kept =
      stride === 1
        ? (x as string)
        : slice(graph, path, x as string, { axes: [2, 3], begins: [0, 0], ends: [h, w], steps: [stride, stride] });
    if (outChannels === c) return kept;
    return graph.node(path, 'Pad', [kept, graph.integers([0, before, 0, 0, 0, outChannels - c - before, 0, 0])]);
  },
  // Rows and columns are taken one by one: a Resize rounds otherwise where the sizes are no multiples.
  upsampleNearest: ({ graph, inputs: [x], shapes: [[, h = 1, w = 1] = []], output: [, height = 1, width = 1], path }) => {
    const rows = graph.node(path, 'Gather', [x as string, graph.integers(shownBy(h, height))], { axis: 2 });
    return graph.node(path, 'Gather', [rows, graph.integers(shownBy(w, width))], { axis: 3 });
  },
};

/**
 * Writes an operation of a trace.
 *
 * @throws OnnxError naming the operation and the module, if it is none of core's.
 */
export function emit(node: TraceNode, emission: Omit<Emission<unknown>, 'attributes'>): string {
  const known = Object.hasOwn(operations, node.op) && operations[node.op as OperationName].made(node);
  if (!known)
    throw new OnnxError(
      `${emission.path || 'the network'}: its operation '${node.op}' is none of @resnetjs/core's, so it is not known how to write it in ONNX. Compose it of those.`,
    );
  return emitNamed(node.op as OperationName, { ...emission, attributes: node.attributes });
}

/** Writes an operation of core's, by its name. */
export const emitNamed = (op: OperationName, emission: Emission<unknown>): string =>
  (emitters[op] as (emission: Emission<unknown>) => string)(emission);

/** A convolution by a filter and, where there is one, a bias. */
export function convolution({
  graph,
  inputs,
  attributes,
  shapes: [, [kh = 1, kw = 1] = []],
  path,
}: Emission<AttributesOf<'conv2d'>>): string {
  const { strides, pad, dilations, groups } = attributes;
  const window: Record<string, Attribute> = { kernel_shape: [kh, kw], strides, pads: padsOf(pad), dilations, group: groups };
  return graph.node(path, 'Conv', inputs, window);
}

/** Top, bottom, left, right as ONNX has them: what is before each axis, then what is behind. */
const padsOf = ([top, bottom, left, right]: readonly [number, number, number, number]): number[] => [top, left, bottom, right];

/** A filter brought to mean 0 and variance 1 for each output channel, which runtimes compute once. */
function standardized(
  filter: string,
  epsilon: number,
  { graph, shapes, path }: Pick<Emission<unknown>, 'graph' | 'shapes' | 'path'>,
): string {
  const [kh = 1, kw = 1, inC = 1, outC = 1] = shapes[1] as readonly number[];
  const rows = graph.node(path, 'Reshape', [filter, graph.integers([1, outC, -1])]);
  const normalized = normalize(graph, path, { x: rows, groups: outC, epsilon });
  return graph.node(path, 'Reshape', [normalized, graph.integers([outC, inC, kh, kw])]);
}

/** `[N,G,…]` with each sample's groups brought to mean 0 and variance 1. */
function normalize(
  graph: GraphBuilder,
  path: string,
  { x, groups, epsilon }: { readonly x: string; readonly groups: number; readonly epsilon: number },
): string {
  const ones = graph.floats(`ones_${groups}`, [groups], new Float32Array(groups).fill(1));
  const zeros = graph.floats(`zeros_${groups}`, [groups], new Float32Array(groups));
  return graph.node(path, 'InstanceNormalization', [x, ones, zeros], { epsilon: { float: epsilon } });
}

interface Span {
  readonly axes: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  readonly steps?: readonly number[];
}

function slice(graph: GraphBuilder, path: string, x: string, { axes, begins, ends, steps }: Span): string {
  const bounds = [begins, ends, axes, ...(steps ? [steps] : [])];
  return graph.node(path, 'Slice', [x, ...bounds.map((values) => graph.integers(values))]);
}

/** Which pixel of `input` each pixel of `output` shows; torch multiplies in float32. */
const shownBy = (input: number, output: number): number[] =>
  Array.from({ length: output }, (_, i) => Math.min(input - 1, Math.floor(Math.fround(i * Math.fround(input / output)))));
