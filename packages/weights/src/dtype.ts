/** How the numbers of a stored tensor are read into float32. Little-endian all of them, as are safetensors and what torch saves. */
export interface DType {
  readonly bytes: number;
  /** Reads one number at a byte offset. */
  readonly at: (view: DataView, offset: number) => number;
}

/**
 * The element types that are read, by their names in safetensors. All become float32, as torch's
 * `load_state_dict` would cast them: float64 is rounded, integers beyond 2^24 too.
 */
export const DTYPES = {
  F64: { bytes: 8, at: (view, offset) => view.getFloat64(offset, true) },
  F32: { bytes: 4, at: (view, offset) => view.getFloat32(offset, true) },
  F16: { bytes: 2, at: (view, offset) => halfToNumber(view.getUint16(offset, true)) },
  BF16: { bytes: 2, at: (view, offset) => bfloatToNumber(view.getUint16(offset, true)) },
  I64: { bytes: 8, at: (view, offset) => Number(view.getBigInt64(offset, true)) },
  I32: { bytes: 4, at: (view, offset) => view.getInt32(offset, true) },
  I16: { bytes: 2, at: (view, offset) => view.getInt16(offset, true) },
  I8: { bytes: 1, at: (view, offset) => view.getInt8(offset) },
  U64: { bytes: 8, at: (view, offset) => Number(view.getBigUint64(offset, true)) },
  U32: { bytes: 4, at: (view, offset) => view.getUint32(offset, true) },
  U16: { bytes: 2, at: (view, offset) => view.getUint16(offset, true) },
  U8: { bytes: 1, at: (view, offset) => view.getUint8(offset) },
  F8_E4M3: { bytes: 1, at: (view, offset) => e4m3ToNumber(view.getUint8(offset)) },
  F8_E5M2: { bytes: 1, at: (view, offset) => halfToNumber(view.getUint8(offset) << 8) }, // the upper half of a float16
  F8_E8M0: { bytes: 1, at: (view, offset) => e8m0ToNumber(view.getUint8(offset)) },
  BOOL: { bytes: 1, at: (view, offset) => (view.getUint8(offset) ? 1 : 0) },
} as const satisfies Record<string, DType>;

export type DTypeName = keyof typeof DTYPES;

/**
 * Element types that a file may hold beside its weights, and the bits of each: known so that the rest of the file can be
 * checked and read, but not read themselves, for no float32 stands for them.
 */
export const OPAQUE_DTYPES = {
  C64: 64,
  C128: 128,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  QINT8: 8,
  QUINT8: 8,
  QINT32: 32,
  QUINT4X2: 8,
  QUINT2X4: 8,
} as const satisfies Record<string, number>;

/** A type whose size is known, whether it is read or not. */
export type StoredDTypeName = DTypeName | keyof typeof OPAQUE_DTYPES;

export const isStoredDTypeName = (name: unknown): name is StoredDTypeName =>
  isDTypeName(name) || (typeof name === 'string' && Object.hasOwn(OPAQUE_DTYPES, name));

/** How many bytes so many elements take; a fraction where bits are left over. */
export const sizeBytes = (dtype: StoredDTypeName, elements: number): number =>
  elements * (isDTypeName(dtype) ? DTYPES[dtype].bytes : OPAQUE_DTYPES[dtype] / 8);

export const isDTypeName = (name: unknown): name is DTypeName => typeof name === 'string' && Object.hasOwn(DTYPES, name);

/** Whether this machine orders bytes as the files do, so that float32 can be copied whole. All common ones do. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/**
 * Stored numbers as float32.
 *
 * @param bytes may start at any address; never changed
 * @param options with `keep` the result may be these very bytes, where they have a buffer to themselves
 */
export function toFloat32(bytes: Uint8Array, dtype: DTypeName, { keep = false }: { readonly keep?: boolean } = {}): Float32Array {
  if (dtype === 'F32' && LITTLE_ENDIAN && keep && bytes.byteLength === bytes.buffer.byteLength) return new Float32Array(bytes.buffer);
  if (dtype === 'F32' && LITTLE_ENDIAN) return new Float32Array(new Uint8Array(bytes).buffer); // not slice(): a Node Buffer's is a view
  const { bytes: size, at } = DTYPES[dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength / size }, (_, i) => at(view, i * size));
}

/** The bytes of float32 numbers as files hold them; a view, not a copy, where the machine agrees. */
export const fromFloat32 = (data: Float32Array): Uint8Array => littleEndian(data, (view, at, value) => view.setFloat32(at, value, true));

/** The same of int32 numbers. */
export const fromInt32 = (data: Int32Array): Uint8Array => littleEndian(data, (view, at, value) => view.setInt32(at, value, true));

/** The same of numbers of two bytes. */
export const fromHalves = (data: Uint16Array): Uint8Array => littleEndian(data, (view, at, value) => view.setUint16(at, value, true));

function littleEndian(
  data: Float32Array | Int32Array | Uint16Array,
  write: (view: DataView, at: number, value: number) => void,
): Uint8Array {
  if (LITTLE_ENDIAN) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const view = new DataView(new ArrayBuffer(data.byteLength));
  data.forEach((value, i) => {
    write(view, i * data.BYTES_PER_ELEMENT, value);
  });
  return new Uint8Array(view.buffer);
}

/** Copies stored integers out of `bytes` as they are. */
export function toIntegers(bytes: Uint8Array, dtype: IntegerDTypeName): Int8Array | Int32Array {
  const copy = new Uint8Array(bytes);
  if (dtype === 'I8') return new Int8Array(copy.buffer);
  if (LITTLE_ENDIAN) return new Int32Array(copy.buffer);
  return Int32Array.from({ length: copy.byteLength / 4 }, (_, i) => DTYPES.I32.at(new DataView(copy.buffer), i * 4));
}

/** The integers that a quantized network is of. */
export type IntegerDTypeName = 'I8' | 'I32';

export const isIntegerDTypeName = (name: unknown): name is IntegerDTypeName => name === 'I8' || name === 'I32';

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** bfloat16 is the upper half of a float32. */
function bfloatToNumber(half: number): number {
  bits[0] = half << 16;
  return float[0] as number;
}

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24; // zero and subnormals
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** 1 sign, 4 exponent (bias 7) and 3 fraction bits; no infinity, and NaN only where all bits but the sign are set. */
function e4m3ToNumber(byte: number): number {
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte >> 3) & 0x0f;
  const fraction = byte & 0x07;
  if (exponent === 0x0f && fraction === 0x07) return Number.NaN;
  return sign * (exponent ? (1 + fraction / 8) * 2 ** (exponent - 7) : fraction * 2 ** -9);
}

/** A scale: 8 exponent bits (bias 127) and nothing else. */
const e8m0ToNumber = (byte: number): number => (byte === 0xff ? Number.NaN : 2 ** (byte - 127));
