import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { OnnxError } from '../onnx-error.ts';
import { GraphProtoSchema, type ModelProto, ModelProtoSchema, TensorProto_DataLocation, TensorProtoSchema } from '../schema/onnx-ml_pb.js';
import type { Initializer } from './graph-builder.ts';

/** What protobuf can hold; more lies in a file beside it. */
export const MAX_FILE_BYTES = 2 ** 31 - 1;

/** Where a tensor begins in the file beside: at whole pages, so that runtimes can map it. */
const PAGE_BYTES = 4096;

/** Smaller ones, such as shapes, stay in the model itself: runtimes want them to infer shapes. */
const LEAST_EXTERNAL_BYTES = 1024;

/** A file in pieces, none of them copied: `new Blob(parts)`, or `writeFile(path, parts)` of node:fs/promises. */
export interface FileParts {
  readonly parts: Uint8Array<ArrayBuffer>[];
  readonly sizeBytes: number;
}

/** An ONNX file, and what belongs beside it. */
export interface EncodedOnnx extends FileParts {
  /** The weights, where they do not fit into the file itself: to be written beside it, by this name. */
  readonly data?: FileParts & { readonly name: string };
}

export interface EncodeOptions {
  /** What the file beside is called, where one is needed. */
  readonly dataFile?: string | undefined;
  /** What the file itself may hold. */
  readonly maxFileBytes?: number | undefined;
}

/**
 * @param model whose graph has no initializers.
 * @throws OnnxError if it does not fit and there is no name for the file beside it.
 */
export function encode(
  model: ModelProto,
  initializers: readonly Initializer[],
  { dataFile, maxFileBytes = MAX_FILE_BYTES }: EncodeOptions,
): EncodedOnnx {
  const whole = modelParts(model, initializers.map(inFile));
  const sizeBytes = sizeOf(whole);
  if (sizeBytes <= Math.min(maxFileBytes, MAX_FILE_BYTES)) return { parts: whole, sizeBytes };
  if (dataFile === undefined)
    throw new OnnxError(
      `the network takes ${sizeBytes} bytes, more than the ${Math.min(maxFileBytes, MAX_FILE_BYTES)} that an ONNX file may have. Name the file beside it that takes the weights: { dataFile: 'network.onnx.data' }.`,
    );
  const data: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  const pieces = initializers.map((initializer) => {
    if (initializer.bytes.length < LEAST_EXTERNAL_BYTES) return inFile(initializer);
    const gap = (PAGE_BYTES - (offset % PAGE_BYTES)) % PAGE_BYTES;
    if (gap) data.push(new Uint8Array(gap));
    offset += gap;
    const piece = beside(initializer, dataFile, offset);
    data.push(initializer.bytes as Uint8Array<ArrayBuffer>);
    offset += initializer.bytes.length;
    return piece;
  });
  const parts = modelParts(model, pieces);
  return { parts, sizeBytes: sizeOf(parts), data: { name: dataFile, parts: data, sizeBytes: offset } };
}

const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);

// The weights are not given to the library, which would copy them for each message that they are in; what stands before
// them is written with its writer.

const MODEL_GRAPH = ModelProtoSchema.field.graph.number;
const GRAPH_INITIALIZER = GraphProtoSchema.field.initializer.number;
const TENSOR_RAW_DATA = TensorProtoSchema.field.rawData.number;

function modelParts({ graph, ...rest }: ModelProto, initializers: readonly Uint8Array<ArrayBuffer>[][]): Uint8Array<ArrayBuffer>[] {
  const nodes = toBinary(GraphProtoSchema, graph ?? create(GraphProtoSchema));
  const body = [nodes, ...initializers.flat()];
  return [toBinary(ModelProtoSchema, rest as ModelProto), delimited(MODEL_GRAPH, sizeOf(body)), ...body];
}

/** An initializer as a field of its graph. */
function inFile({ name, type, shape, bytes }: Initializer): Uint8Array<ArrayBuffer>[] {
  const facts = toBinary(TensorProtoSchema, create(TensorProtoSchema, { name, dataType: type, dims: shape.map(BigInt) }));
  const content = [facts, delimited(TENSOR_RAW_DATA, bytes.length), bytes as Uint8Array<ArrayBuffer>];
  return [delimited(GRAPH_INITIALIZER, sizeOf(content)), ...content];
}

function beside({ name, type, shape, bytes }: Initializer, location: string, offset: number): Uint8Array<ArrayBuffer>[] {
  const place = Object.entries({ location, offset, length: bytes.length }).map(([key, value]) => ({ key, value: String(value) }));
  const tensor = create(TensorProtoSchema, {
    name,
    dataType: type,
    dims: shape.map(BigInt),
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: place,
  });
  const content = toBinary(TensorProtoSchema, tensor);
  return [delimited(GRAPH_INITIALIZER, content.length), content];
}

/** What stands before the bytes of a field. */
const delimited = (field: number, sizeBytes: number): Uint8Array<ArrayBuffer> =>
  new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(sizeBytes).finish();
