/** Number types of two bytes that weights are saved in. */
export type HalfDType = 'F16' | 'BF16';

/** From here on float32 numbers round to infinity in binary16, whose largest number is 65504. */
export const F16_OVERFLOW = 65520;

/**
 * Float32 numbers in two bytes each, rounded to the nearest, of two the one that ends in a 0 bit, as `.half()` and `.bfloat16()` of
 * PyTorch round. What is too large becomes infinite, what is too small a subnormal number or 0, with its sign.
 */
export function toHalfPrecision(data: Float32Array, dtype: HalfDType): Uint16Array {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  return Uint16Array.from(bits, dtype === 'F16' ? halfBits : bfloatBits);
}

const SIGN = 0x8000;
const NAN = 0x7e00;
const INFINITE = 0x7c00;
/** Exponents of float32 and binary16 are biased by 127 and 15. */
const REBIASED = 127 - 15;

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
function halfBits(bits: number): number {
  const sign = (bits >>> 16) & SIGN;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 0xff) return sign | (fraction ? NAN : INFINITE);
  const rebiased = exponent - REBIASED;
  if (rebiased >= 0x1f) return sign | INFINITE;
  if (rebiased > 0) return sign | shiftRounded((rebiased << 23) | fraction, 13); // a carry out of the fraction is the next exponent
  const shift = 14 - rebiased; // 13 bits that are too many, and one more for each power below the smallest normal number
  return shift > 24 ? sign : sign | shiftRounded(fraction | 0x800000, shift);
}

/** The upper half of a float32, rounded; NaN stays one. */
function bfloatBits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return 0x7fc0;
  return ((bits >>> 16) + roundsUp(bits, 16)) & 0xffff;
}

const shiftRounded = (bits: number, shift: number): number => (bits >>> shift) + roundsUp(bits, shift);

/** 1 where the bits that are shifted out are more than half of the last that stays, or half and that one is odd. */
function roundsUp(bits: number, shift: number): 0 | 1 {
  const out = bits & (2 ** shift - 1);
  const half = 2 ** (shift - 1);
  return out > half || (out === half && (bits >>> shift) & 1) ? 1 : 0;
}
