import { type StoredDTypeName, sizeBytes } from '../dtype.ts';
import { isCounts } from './pickle-globals.ts';
import { GlobalRef, isRecord, type PickleRecord, type PickleValue, StorageRef, TensorRef } from './pickle-values.ts';

/** numpy's kinds of numbers by their codes; others (objects, texts, dates, long doubles) are not read. */
const KINDS: Readonly<Record<string, StoredDTypeName>> = {
  f2: 'F16',
  f4: 'F32',
  f8: 'F64',
  i1: 'I8',
  i2: 'I16',
  i4: 'I32',
  i8: 'I64',
  u1: 'U8',
  u2: 'U16',
  u4: 'U32',
  u8: 'U64',
  b1: 'BOOL',
  c8: 'C64',
  c16: 'C128',
};

interface NumpyType {
  /** `f4`, or `U3` for text of three characters. */
  readonly code: string;
  readonly bigEndian: boolean;
}

const arrays = new WeakMap<PickleRecord, TensorRef | false>();

/** The array of numbers that numpy would have made of a record, its bytes in the pickle; `undefined` if it would not. */
export function numpyArray(record: PickleRecord): TensorRef | undefined {
  const known = arrays.get(record) ?? (readArray(record) || false);
  arrays.set(record, known);
  return known || undefined;
}

function readArray({ name, args, state }: PickleRecord): TensorRef | undefined {
  if (name === 'torch._utils._rebuild_device_tensor_from_numpy') return isRecord(args[0]) ? numpyArrayOnce(args[0]) : undefined;
  if (name === 'numpy.core.numeric._frombuffer') return arrayOf(args[2], args[1], args[3] === 'F', args[0]);
  if (name !== 'numpy.core.multiarray._reconstruct' || !isGlobal(args[0], 'numpy.ndarray') || !Array.isArray(state)) return undefined;
  const [shape, type, fortran, data] = state.length === 5 ? state.slice(1) : state; // a version first
  return arrayOf(shape, type, fortran === true || fortran === 1, data);
}

/** Not of a record that is itself on its way to be read: a hostile one may hold itself. */
const numpyArrayOnce = (record: PickleRecord): TensorRef | undefined => (record.name.startsWith('numpy.') ? numpyArray(record) : undefined);

function arrayOf(
  shape: PickleValue | undefined,
  type: PickleValue | undefined,
  fortran: boolean,
  data: PickleValue | undefined,
): TensorRef | undefined {
  const { code, bigEndian } = numpyType(type) ?? {};
  const dtype = code !== undefined && Object.hasOwn(KINDS, code) ? KINDS[code] : undefined;
  if (!dtype || !isCounts(shape) || !(data instanceof Uint8Array)) return undefined;
  const elements = shape.reduce((product, length) => product * length, 1);
  if (sizeBytes(dtype, elements) !== data.length) return undefined;
  const strides = shape.map((_, axis) => (fortran ? shape.slice(0, axis) : shape.slice(axis + 1)).reduce((a, b) => a * b, 1));
  return new TensorRef(new StorageRef('numpy', dtype, elements, { bytes: data, bigEndian: bigEndian === true }), 0, shape, strides);
}

/** `numpy.dtype('f4', …)` with the state `(3, '<', …)`; or the code with its order in it. */
function numpyType(type: PickleValue | undefined): NumpyType | undefined {
  if (!isRecord(type) || type.name !== 'numpy.dtype') return undefined;
  const found = typeof type.args[0] === 'string' ? /^([<>=|]?)([a-zA-Z]\d+)$/.exec(type.args[0]) : null;
  const order = Array.isArray(type.state) && typeof type.state[1] === 'string' ? type.state[1] : found?.[1];
  return found ? { code: found[2] as string, bigEndian: order === '>' } : undefined;
}

/** The number, flag or text of a numpy scalar (`np.float64(0.91)`), or `undefined` if the record is none. */
export function numpyScalar({ name, args }: PickleRecord): number | bigint | boolean | string | undefined {
  if (name !== 'numpy.core.multiarray.scalar') return undefined;
  const [type, bytes] = args;
  const { code = '', bigEndian = false } = numpyType(type) ?? {};
  if (!(bytes instanceof Uint8Array)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (/^U\d+$/.test(code)) return view.byteLength > MAX_TEXT_BYTES ? undefined : textOf(view, bigEndian);
  const read = Object.hasOwn(SCALARS, code) ? SCALARS[code] : undefined;
  return read && Number(code.slice(1)) === bytes.length ? read(view, !bigEndian) : undefined;
}

/** Longest text of numpy's that is read, at 4 bytes a character: many records may share one. */
const MAX_TEXT_BYTES = 4096;

const SCALARS: Readonly<Record<string, (view: DataView, little: boolean) => number | bigint | boolean>> = {
  f4: (view, little) => view.getFloat32(0, little),
  f8: (view, little) => view.getFloat64(0, little),
  i1: (view) => view.getInt8(0),
  i2: (view, little) => view.getInt16(0, little),
  i4: (view, little) => view.getInt32(0, little),
  i8: (view, little) => exact(view.getBigInt64(0, little)),
  u1: (view) => view.getUint8(0),
  u2: (view, little) => view.getUint16(0, little),
  u4: (view, little) => view.getUint32(0, little),
  u8: (view, little) => exact(view.getBigUint64(0, little)),
  b1: (view) => view.getUint8(0) !== 0,
};

const exact = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

/** UTF-32, as numpy keeps text. */
function textOf(view: DataView, bigEndian: boolean): string | undefined {
  let text = '';
  for (let at = 0; at + 4 <= view.byteLength; at += 4) {
    const code = view.getUint32(at, !bigEndian);
    if (code > 0x10ffff) return undefined;
    if (code) text += String.fromCodePoint(code);
  }
  return text;
}

const isGlobal = (value: PickleValue | undefined, name: string): boolean => value instanceof GlobalRef && value.name === name;
