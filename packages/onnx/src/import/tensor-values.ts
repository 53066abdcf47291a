import { fromHalf } from '../float16.ts';
import { OnnxError, quote } from '../onnx-error.ts';
import { type TensorProto, TensorProto_DataLocation, TensorProto_DataType } from '../schema/onnx-ml_pb.js';

/** Bytes of a file that lies beside an ONNX file, by the name that this has for it. */
export type ReadExternal = (location: string) => Promise<Uint8Array>;

interface Format {
  readonly bytes: number;
  readonly at: (view: DataView, offset: number) => number;
}

const FORMATS: Readonly<Partial<Record<TensorProto_DataType, Format>>> = {
  [TensorProto_DataType.FLOAT]: { bytes: 4, at: (view, offset) => view.getFloat32(offset, true) },
  [TensorProto_DataType.FLOAT16]: { bytes: 2, at: (view, offset) => fromHalf(view.getUint16(offset, true)) },
  [TensorProto_DataType.DOUBLE]: { bytes: 8, at: (view, offset) => view.getFloat64(offset, true) },
  [TensorProto_DataType.INT64]: { bytes: 8, at: (view, offset) => Number(view.getBigInt64(offset, true)) },
  [TensorProto_DataType.INT32]: { bytes: 4, at: (view, offset) => view.getInt32(offset, true) },
};

/** More dimensions than any layer has. */
const MOST_DIMENSIONS = 8;

/** A tensor's shape. @throws OnnxError if it is none. */
export function shapeOf({ name, dims }: TensorProto): number[] {
  const shape = dims.map(Number);
  if (shape.length > MOST_DIMENSIONS || shape.some((size) => !Number.isSafeInteger(size) || size < 0))
    throw new OnnxError(`the tensor ${quote(name)} has the impossible shape [${shape.slice(0, MOST_DIMENSIONS)}].`);
  return shape;
}

/**
 * The numbers of a tensor. Its bytes are compared with its shape before any memory is taken.
 *
 * @throws OnnxError naming the tensor, if its type is not read, its bytes do not fill its shape or lie elsewhere.
 */
export async function valuesOf(tensor: TensorProto, readExternal: ReadExternal | undefined): Promise<Float32Array> {
  const { name, dataType } = tensor;
  const type = TensorProto_DataType[dataType] ?? dataType;
  const format = FORMATS[dataType as TensorProto_DataType];
  if (!format) throw new OnnxError(`the tensor ${quote(name)} is of ${type}; floats of 16, 32 and 64 bits are read.`);
  const count = shapeOf(tensor).reduce((product, size) => product * size, 1);
  const bytes = tensor.dataLocation === TensorProto_DataLocation.EXTERNAL ? await external(tensor, readExternal) : tensor.rawData;
  const lists = tensor.floatData.length + tensor.doubleData.length + tensor.int64Data.length + tensor.int32Data.length;
  if (bytes.length > 0 || lists === 0) {
    if (bytes.length !== count * format.bytes)
      throw new OnnxError(
        `the tensor ${quote(name)}, ${type} [${tensor.dims}], needs ${count * format.bytes} bytes but has ${bytes.length}. The file is truncated or damaged.`,
      );
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = format.at(view, i * format.bytes);
    return values;
  }
  const isHalf = dataType === TensorProto_DataType.FLOAT16;
  const list = [tensor.floatData, tensor.doubleData, tensor.int64Data.map(Number), tensor.int32Data.map((x) => (isHalf ? fromHalf(x) : x))];
  const found = list.find(({ length }) => length > 0) as readonly number[];
  if (found.length !== count)
    throw new OnnxError(`the tensor ${quote(name)}, ${type} [${tensor.dims}], has ${found.length} numbers. The file is damaged.`);
  return Float32Array.from(found);
}

async function external({ name, externalData }: TensorProto, read: ReadExternal | undefined): Promise<Uint8Array> {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  // A file of the same folder, by its bare name: nothing else may be asked for.
  if (!/^[^/\\:]+$/.test(location) || location === '.' || location === '..')
    throw new OnnxError(`the tensor ${quote(name)} lies in ${quote(location)}, which is not a file beside this one. It is not read.`);
  if (!read)
    throw new OnnxError(
      `the tensor ${quote(name)} lies in another file, ${quote(location)}. Give the path or address of the ONNX file, so that it is found beside it, or { external } that reads it.`,
    );
  const file = await read(location);
  const offset = Number(entries.get('offset') ?? 0);
  const length = Number(entries.get('length') ?? file.length - offset);
  if (!(Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0 && offset + length <= file.length))
    throw new OnnxError(
      `the tensor ${quote(name)} is ${length} bytes from ${offset} of ${quote(location)}, which has ${file.length}. The files are not of one another, or damaged.`,
    );
  return file.subarray(offset, offset + length);
}
