import { clamp, storeLanes } from '../simd';

/** What becomes of a convolution's sums. */
export const BYTES: i32 = 0;
export const FLOATS: i32 = 1;
export const SUMS: i32 = 2;
/** Added to the sums that are there. */
export const MORE_SUMS: i32 = 3;

// A table of how results are finished (`src/quantized/finishing.ts` writes it), which the functions below read at the addresses after
// `finishing`: V8 makes constants anew at every use, and a load that repeats a number in all lanes is one instruction.
const KIND: usize = 0;
const LO: usize = 4;
const HI: usize = 8;
const BRANCH_LO: usize = 12;
const BRANCH_HI: usize = 16;
const BRANCH_FACTOR: usize = 20;
const RESIDUAL_FACTOR: usize = 24;
const RESIDUAL_SIGNED: usize = 28;
const MAGIC: usize = 32;
const BYTE_MASK: usize = 36;

/** Eight numbers of 8 bits as integers of 16. */
// @ts-expect-error: decorator
@inline
export function load8(from: usize, signed: bool): v128 {
  return signed ? v128.load_ext<i8>(from) : v128.load_ext<u8>(from);
}

// @ts-expect-error: decorator
@inline
export function lowFloats(v: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v));
}

// @ts-expect-error: decorator
@inline
export function highFloats(v: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(v));
}

/**
 * The nearest integers, even ones of two that are as near, in the low bits of each lane.
 *
 * To add 1.5 * 2^23 rounds a float of less than 2^22 so, and leaves the integer in its low bits; clamped before, it is the same as clamped
 * after. `f32x4.nearest` and a conversion to integers take four times as many instructions.
 */
// @ts-expect-error: decorator
@inline
function rounded(v: v128, lo: v128, hi: v128, finishing: usize): v128 {
  return f32x4.add(clamp(v, lo, hi), v128.load32_splat(finishing, MAGIC));
}

/** Eight floats, clamped and rounded: numbers of 8 bits in the low half. */
// @ts-expect-error: decorator
@inline
export function toBytes(low: v128, high: v128, finishing: usize): v128 {
  const lo = v128.load32_splat(finishing, LO);
  const hi = v128.load32_splat(finishing, HI);
  const mask = v128.load32_splat(finishing, BYTE_MASK);
  const words = i16x8.narrow_i32x4_s(
    v128.and(rounded(low, lo, hi, finishing), mask),
    v128.and(rounded(high, lo, hi, finishing), mask),
  );
  return i8x16.narrow_i16x8_u(words, words);
}

/** Stores the first `count` (1 to 8, or more) of eight numbers of 8 bits. */
// @ts-expect-error: decorator
@inline
export function storeBytes(to: usize, v: v128, count: i32): void {
  if (count >= 8) v128.store_lane<i64>(to, v, 0);
  else storeFew(to, i64x2.extract_lane(v, 0), count);
}

function storeFew(to: usize, bytes: i64, count: i32): void {
  for (; count > 0; count--, to++, bytes >>= 8) store<u8>(to, <u8>bytes);
}

/**
 * Finishes eight sums and stores them: as they are, times their multipliers, or rounded to 8 bits; with a residual, whose address is
 * `residual` after the result's, they are rounded to 8 bits of the branch's scale before the two are added, as QLinearConv and QLinearAdd
 * would.
 *
 * @param columns how many of the results exist
 */
// @ts-expect-error: decorator
@inline
export function finish8(
  to: usize,
  low: v128,
  high: v128,
  columns: i32,
  multipliers: usize,
  finishing: usize,
  residual: usize,
): void {
  const kind = load<i32>(finishing, KIND);
  if (kind >= SUMS) {
    v128.store(to, kind === SUMS ? low : i32x4.add(low, v128.load(to)));
    v128.store(to, kind === SUMS ? high : i32x4.add(high, v128.load(to, 16)), 16);
  } else {
    let a = f32x4.mul(f32x4.convert_i32x4_s(low), v128.load(multipliers));
    let b = f32x4.mul(f32x4.convert_i32x4_s(high), v128.load(multipliers, 16));
    if (kind === FLOATS) {
      storeLanes(to, a, columns);
      storeLanes(to + 16, b, columns - 4);
    } else {
      if (residual) {
        const lo = v128.load32_splat(finishing, BRANCH_LO);
        const hi = v128.load32_splat(finishing, BRANCH_HI);
        const magic = v128.load32_splat(finishing, MAGIC);
        const factor = v128.load32_splat(finishing, BRANCH_FACTOR);
        const residualFactor = v128.load32_splat(finishing, RESIDUAL_FACTOR);
        const r = load8(to + residual, load<bool>(finishing, RESIDUAL_SIGNED));
        a = f32x4.mul(f32x4.sub(rounded(a, lo, hi, finishing), magic), factor);
        b = f32x4.mul(f32x4.sub(rounded(b, lo, hi, finishing), magic), factor);
        a = f32x4.add(a, f32x4.mul(lowFloats(r), residualFactor));
        b = f32x4.add(b, f32x4.mul(highFloats(r), residualFactor));
      }
      storeBytes(to, toBytes(a, b, finishing), columns);
    }
  }
}

/** {@link finish8} of four sums. */
// @ts-expect-error: decorator
@inline
export function finish4(to: usize, sums: v128, columns: i32, multipliers: usize, finishing: usize, residual: usize): void {
  finish8(to, sums, sums, columns, multipliers, finishing, residual);
}
