import { create } from '@bufbuild/protobuf';
import { MAX_FLOAT16, toHalf } from '../float16.ts';
import { OnnxError } from '../onnx-error.ts';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  TensorProto_DataType,
} from '../schema/onnx-ml_pb.js';

/** An initializer: a name and its numbers as the file holds them, little-endian. */
export interface Initializer {
  readonly name: string;
  readonly type: TensorProto_DataType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A whole number, whole numbers, a text, or a number that is no whole one. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

export type FloatType = 'float32' | 'float16';

/** An ONNX graph that grows node by node. Values go by their names. */
export class GraphBuilder {
  readonly opset: number;
  readonly dtype: FloatType;
  readonly nodes: NodeProto[] = [];
  readonly initializers = new Map<string, Initializer>();
  readonly #taken = new Set<string>();

  constructor(opset: number, dtype: FloatType, taken: Iterable<string>) {
    this.opset = opset;
    this.dtype = dtype;
    for (const name of taken) this.#taken.add(name);
  }

  /** What the graph computes in. */
  get floatType(): TensorProto_DataType {
    return this.dtype === 'float16' ? TensorProto_DataType.FLOAT16 : TensorProto_DataType.FLOAT;
  }

  /**
   * Adds a node with one output.
   *
   * @param path of the module that it is of; the node is named for it.
   * @returns the output's name.
   */
  node(path: string, opType: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const name = this.#unique(path ? `${path}/${opType}` : opType);
    const attribute = Object.entries(attributes).map(([key, value]) => attributeOf(key, value));
    this.nodes.push(create(NodeProtoSchema, { name, opType, input: [...inputs], output: [name], attribute }));
    return name;
  }

  /** Floats in what the graph computes in; a name that is there already stays the first's. */
  floats(name: string, shape: readonly number[], values: Float32Array): string {
    if (!this.initializers.has(name))
      this.initializers.set(name, {
        name,
        type: this.floatType,
        shape,
        bytes: this.dtype === 'float16' ? halves(name, values) : bytesOf(values),
      });
    this.#taken.add(name);
    return name;
  }

  /** Whole numbers, such as a shape. Equal lists are one initializer. */
  integers(values: readonly number[]): string {
    const name = `integers_${values.join('_').replaceAll('-', 'minus')}`;
    const view = new DataView(new ArrayBuffer(values.length * 8));
    for (const [i, value] of values.entries()) view.setBigInt64(i * 8, BigInt(value), true);
    this.initializers.set(name, { name, type: TensorProto_DataType.INT64, shape: [values.length], bytes: new Uint8Array(view.buffer) });
    return name;
  }

  /** Any initializer, by a name that nothing else has. */
  initializer(name: string, tensor: Omit<Initializer, 'name'>): string {
    const own = this.#unique(name);
    this.initializers.set(own, { name: own, ...tensor });
    return own;
  }

  /** Gives a value the name that the graph's output has. */
  finish(value: string, name: string): void {
    const maker = this.nodes.find(({ output }) => output[0] === value);
    if (!maker) {
      this.nodes.push(create(NodeProtoSchema, { name: 'output', opType: 'Identity', input: [value], output: [name] }));
      return;
    }
    for (const node of this.nodes) {
      node.input = node.input.map((input) => (input === value ? name : input));
      node.output = node.output.map((output) => (output === value ? name : output));
    }
  }

  /** Takes out what the output does not depend on. */
  prune(output: string): void {
    const wanted = new Set([output]);
    const kept = [...this.nodes].reverse().filter((node) => {
      if (!node.output.some((name) => wanted.has(name))) return false;
      for (const name of node.input) wanted.add(name);
      return true;
    });
    this.nodes.splice(0, this.nodes.length, ...kept.reverse());
    for (const name of this.initializers.keys()) if (!wanted.has(name)) this.initializers.delete(name);
  }

  #unique(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#taken.has(name); i++) name = `${wanted}_${i}`;
    this.#taken.add(name);
    return name;
  }
}

function attributeOf(name: string, value: Attribute): AttributeProto {
  const of = (type: keyof typeof AttributeProto_AttributeType, content: Partial<Pick<AttributeProto, 'i' | 'ints' | 's' | 'f'>>) =>
    create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType[type], ...content });
  if (typeof value === 'number') return of('INT', { i: BigInt(value) });
  if (typeof value === 'string') return of('STRING', { s: new TextEncoder().encode(value) });
  return 'float' in value ? of('FLOAT', { f: value.float }) : of('INTS', { ints: value.map(BigInt) });
}

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** A view, not a copy, on machines that order bytes as the files do: all common ones. */
export function bytesOf(values: Float32Array | Int32Array | Int8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
  const each = values.BYTES_PER_ELEMENT;
  if (LITTLE_ENDIAN || each === 1) return bytes;
  const swapped = bytes.slice();
  for (let i = 0; i < swapped.length; i += each) swapped.subarray(i, i + each).reverse();
  return swapped;
}

function halves(name: string, values: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 2));
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Math.abs(value) > MAX_FLOAT16)
      throw new OnnxError(`${name}: ${value} does not fit into float16, which ends at ${MAX_FLOAT16}. Write it with { dtype: 'float32' }.`);
    view.setUint16(i * 2, toHalf(value), true);
  }
  return new Uint8Array(view.buffer);
}
