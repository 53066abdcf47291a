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
  U8: { bytes: 1, at: (view, offset) => view.getUint8(offset) },
  BOOL: { bytes: 1, at: (view, offset) => (view.getUint8(offset) ? 1 : 0) },
} as const satisfies Record<string, DType>;

export type DTypeName = keyof typeof DTYPES;

export const isDTypeName = (name: unknown): name is DTypeName => typeof name === 'string' && Object.hasOwn(DTYPES, name);

/** Whether this machine orders bytes as the files do, so that float32 can be copied whole. All common ones do. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Copies stored numbers out of `bytes`, which may start at any address. */
export function toFloat32(bytes: Uint8Array, dtype: DTypeName): Float32Array {
  if (dtype === 'F32' && LITTLE_ENDIAN) return new Float32Array(new Uint8Array(bytes).buffer); // not slice(): a Node Buffer's is a view
  const { bytes: size, at } = DTYPES[dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength / size }, (_, i) => at(view, i * size));
}

/** The bytes of float32 numbers as files hold them; a view, not a copy, where the machine agrees. */
export function fromFloat32(data: Float32Array): Uint8Array {
  if (LITTLE_ENDIAN) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const view = new DataView(new ArrayBuffer(data.byteLength));
  data.forEach((value, i) => {
    view.setFloat32(i * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}

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
