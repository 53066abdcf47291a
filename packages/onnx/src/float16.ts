const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Beyond this, IEEE 754's binary16 is infinite. */
export const MAX_FLOAT16 = 65504;

/** A number as binary16, rounded to nearest, ties to even: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
export function toHalf(value: number): number {
  float[0] = value;
  const all = bits[0] as number;
  const sign = (all >>> 16) & 0x8000;
  const size = Math.abs(float[0]);
  if (Number.isNaN(size)) return sign | 0x7e00;
  // Half a step below 2^16 rounds up to it, which is infinity.
  if (size >= MAX_FLOAT16 + 16) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | nearestEven(size * 2 ** 24); // zero and subnormals, and what rounds up to the first normal
  const shifted = (all & 0x7fffffff) - (112 << 23); // the exponent's other bias
  return sign | ((shifted + 0xfff + ((shifted >>> 13) & 1)) >>> 13);
}

/** The number that 16 bits stand for. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function nearestEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
