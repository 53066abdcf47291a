import { fromBinary } from '@bufbuild/protobuf';
import { OnnxError, quote } from '../onnx-error.ts';
import { type AttributeProto, ModelProtoSchema, type NodeProto, type TensorProto, TensorProto_DataType } from '../schema/onnx-ml_pb.js';
import { checkWire } from './check-wire.ts';
import { type ReadExternal, shapeOf, valuesOf } from './tensor-values.ts';

/** Of what is looked through as if it were not there: it moves no value of an image or of a vector to another place. */
const TRANSPARENT = new Set(['Identity', 'Dropout', 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Expand', 'Cast']);

/** Operators on integers of 8 bits, and those to and from them. */
const QUANTIZED = /^(QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|QLinear\w+|QGemm|ConvInteger|MatMulInteger)$/;

/** Protobuf's own limit. */
const MOST_BYTES = 2 ** 31 - 1;

/** A graph as a file has it, read-only: which node makes which value, and constants by their names. */
export class OnnxGraph {
  readonly producer: string;
  /** The file's `metadata_props`. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly nodes: readonly NodeProto[];
  readonly input: string;
  /** `[N,C,H,W]` of the input, as far as it is said; 0 for what is open. */
  readonly inputShape: readonly number[];
  readonly output: string;
  readonly #makers: ReadonlyMap<string, NodeProto>;
  readonly #tensors: ReadonlyMap<string, TensorProto>;
  readonly #readExternal: ReadExternal | undefined;

  /** @throws OnnxError if it is no ONNX file, or of more than one input and output. */
  constructor(bytes: Uint8Array, readExternal?: ReadExternal) {
    if (bytes.length > MOST_BYTES) throw new OnnxError(`it has ${bytes.length} bytes; an ONNX file has at most ${MOST_BYTES}.`);
    checkWire(bytes);
    const { graph, producerName, producerVersion, metadataProps } = decode(bytes);
    if (!graph || graph.node.length === 0) throw new OnnxError('there is no graph in it: it is no ONNX, or empty.');
    const quantized = graph.node.find(({ opType }) => QUANTIZED.test(opType));
    if (quantized)
      throw new OnnxError(
        `${describe(quantized)}: it is of a network in 8 bits, whose weights are not read. Give the file of floats that it was made from.`,
      );
    this.#readExternal = readExternal;
    this.producer = [producerName, producerVersion].filter(Boolean).join(' ');
    this.metadata = new Map(metadataProps.map(({ key, value }) => [key, value]));
    this.nodes = graph.node;
    this.#makers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
    this.#tensors = new Map([
      ...graph.initializer.map((tensor) => [tensor.name, tensor] as const),
      ...graph.node.flatMap((node): [string, TensorProto][] => {
        const value = node.opType === 'Constant' ? node.attribute.find(({ name }) => name === 'value')?.t : undefined;
        return value ? [[node.output[0] as string, value]] : [];
      }),
    ]);
    const inputs = graph.input.filter(({ name }) => !this.#tensors.has(name));
    if (inputs.length !== 1 || graph.output.length !== 1)
      throw new OnnxError(
        `a classifier takes one input and gives one output, but this graph has ${inputs.length} (${names(inputs)}) and ${graph.output.length} (${names(graph.output)}).`,
      );
    const [input] = inputs as [(typeof inputs)[number]];
    this.input = input.name;
    this.output = graph.output[0]?.name as string;
    const type = input.type?.value;
    const shape = type?.case === 'tensorType' ? (type.value.shape?.dim ?? []) : [];
    this.inputShape = shape.map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : 0));
  }

  /** The name of a value behind what only passes it on. */
  origin(value: string): string {
    let name = value;
    for (let steps = 0; steps <= this.nodes.length; steps++) {
      const node = this.#makers.get(name);
      const passesOn = node && isOnnx(node) && this.#passesOn(node);
      if (!passesOn) return name;
      name = node.input[0] ?? '';
    }
    throw new OnnxError(`the value ${quote(value)} is made out of itself: the graph has a circle.`);
  }

  #passesOn(node: NodeProto): boolean {
    if (node.opType === 'Concat') return node.input.length === 1;
    if (node.opType === 'Pad') return this.integers(node, 'pads', 1)?.every((size) => size === 0) ?? false; // as torch 1 writes before its pools
    return TRANSPARENT.has(node.opType);
  }

  /** What makes a value, behind what only passes it on; `undefined` for the input and for constants. */
  maker(value: string): NodeProto | undefined {
    const node = this.#makers.get(this.origin(value));
    return node?.opType === 'Constant' ? undefined : node;
  }

  /** A constant's shape, if the value is one. */
  constantShape(value: string | undefined): number[] | undefined {
    const tensor = value ? this.#tensors.get(this.origin(value)) : undefined;
    return tensor && shapeOf(tensor);
  }

  /** A constant's numbers. @throws OnnxError if it is none, or cannot be read. */
  async constant(value: string): Promise<Float32Array> {
    const tensor = this.#tensors.get(this.origin(value));
    if (!tensor) throw new OnnxError(`${quote(value)} is no constant, but computed: it cannot be a weight.`);
    return valuesOf(tensor, this.#readExternal);
  }

  /** Whole numbers that are at hand at once, such as the axes of a node: of an attribute, or of a small constant in the file itself. */
  integers(node: NodeProto, attributeName: string, input?: number): number[] | undefined {
    const listed = attribute(node, attributeName)?.ints;
    if (listed?.length) return listed.map(Number);
    const name = input === undefined ? undefined : node.input[input];
    const tensor = name ? this.#tensors.get(this.origin(name)) : undefined;
    if (tensor?.dataType !== TensorProto_DataType.INT64) return undefined;
    if (tensor.int64Data.length) return tensor.int64Data.map(Number);
    const { rawData } = tensor;
    const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
    return Array.from({ length: Math.floor(rawData.length / 8) }, (_, i) => Number(view.getBigInt64(i * 8, true)));
  }

  /** Shapes of the filters of convolutions and of linear layers, `[O,I]`, in the order of the graph; not of blurs, which learn nothing. */
  filters(): number[][] {
    return this.nodes.flatMap((node) => {
      const shape = isOnnx(node) && ['Conv', 'Gemm', 'MatMul'].includes(node.opType) ? this.#filterShape(node) : undefined;
      if (!shape || (node.opType === 'Conv' && shape.length === 4 && shape[1] === 1 && integer(node, 'group', 1) === shape[0])) return [];
      const isTransposed = node.opType === 'MatMul' || (node.opType === 'Gemm' && integer(node, 'transB', 0) === 0);
      return [isTransposed ? [...shape].reverse() : shape];
    });
  }

  /** Also of a filter that the graph standardizes: `[1,O,I*kh*kw]`, normalized by row. */
  #filterShape(node: NodeProto): number[] | undefined {
    const [, weight] = node.input;
    const norm = weight === undefined || this.constantShape(weight) ? undefined : this.maker(weight);
    const shape = this.constantShape(norm ? norm.input[0] : weight);
    if (!norm || shape?.length !== 3) return shape;
    const kernel = attribute(node, 'kernel_shape')?.ints.map(Number) ?? [];
    const [, rows = 0, columns = 0] = shape;
    return [rows, columns / kernel.reduce((product, size) => product * size, 1), ...kernel];
  }
}

function decode(bytes: Uint8Array) {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    throw new OnnxError(`it is no ONNX (${(cause as Error).message}).`, { cause });
  }
}

const names = (values: readonly { readonly name: string }[]): string =>
  values
    .slice(0, 5)
    .map(({ name }) => quote(name))
    .join(', ') || 'none';

/** Whether a node is one of ONNX's own operators. */
export const isOnnx = ({ domain }: NodeProto): boolean => domain === '' || domain === 'ai.onnx';

export const attribute = (node: NodeProto, name: string): AttributeProto | undefined => node.attribute.find((a) => a.name === name);

/** A whole number among a node's attributes. */
export function integer(node: NodeProto, name: string, usual: number): number {
  const found = attribute(node, name);
  return found ? Number(found.i) : usual;
}

/** A text among a node's attributes. */
export function text(node: NodeProto, name: string, usual: string): string {
  const found = attribute(node, name);
  return found ? new TextDecoder().decode(found.s) : usual;
}

/** What a node is called in messages. */
export const describe = ({ opType, name, output, domain }: NodeProto): string =>
  `${domain ? `${domain}.` : ''}${opType || 'a node of no kind'} ${quote(name || (output[0] ?? ''))}`.slice(0, 200);
