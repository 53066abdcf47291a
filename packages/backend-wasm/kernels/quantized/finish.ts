import { clamp, storeLanes } from '../simd';

/** What becomes of a convolution's sums: numbers of 8 bits, known to be less than 2^22 before they are clamped to their range; or not. */
export const SMALL_BYTES: i32 = 0;
export const BYTES: i32 = 1;
export const FLOATS: i32 = 2;
export const SUMS: i32 = 3;
/** Added to the sums that are there. */
export const MORE_SUMS: i32 = 4;

// A table of how results are finished (`src/quantized/finishing.ts` writes it), which the functions below read at the addresses after
// `finishing`: V8 makes constants anew at every use, and a load that repeats a number in all lanes is one instruction.
const KIND: usize = 0;
const SIGNED: usize = 4;
const BRANCH_LO: usize = 8;
const BRANCH_HI: usize = 12;
const BRANCH_FACTOR: usize = 16;
const RESIDUAL_FACTOR: usize = 20;
const RESIDUAL_SIGNED: usize = 24;
const MAGIC: usize = 28;
const LEAST: usize = 32;
const MOST: usize = 36;

/** Parts of kernels that finish results: in line, for calls would keep vectors in memory. */
// biome-ignore lint/complexity/noStaticOnlyClass: a decorator may stand before a method, not before a function
export class Finish {
  /** Eight numbers of 8 bits as integers of 16. */
  @inline
  static load8(from: usize, signed: bool): v128 {
    return signed ? v128.load_ext<i8>(from) : v128.load_ext<u8>(from);
  }

  @inline
  static lowFloats(v: v128): v128 {
    return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v));
  }

  @inline
  static highFloats(v: v128): v128 {
    return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(v));
  }

  /**
   * Adds 1.5 * 2^23: of a float of less than 2^22 that leaves the nearest integer, the even one of two that are as near, in the low bits.
   * `f32x4.nearest` and a conversion to integers take four times as many instructions.
   */
  @inline
  static rounded(v: v128, magic: v128): v128 {
    return f32x4.add(v, magic);
  }

  /** Eight rounded floats as numbers of 8 bits, clamped to their range, in the low half. */
  @inline
  static packed(low: v128, high: v128, magic: v128, signed: bool): v128 {
    // The float's bits are those of the magic number and the integer added to them.
    const words = i16x8.narrow_i32x4_s(i32x4.sub(low, magic), i32x4.sub(high, magic));
    return signed ? i8x16.narrow_i16x8_s(words, words) : i8x16.narrow_i16x8_u(words, words);
  }

  /** Eight floats, however large, as numbers of 8 bits in the low half. */
  @inline
  static toBytes(low: v128, high: v128, finishing: usize): v128 {
    const least = v128.load32_splat(finishing, LEAST);
    const most = v128.load32_splat(finishing, MOST);
    const magic = v128.load32_splat(finishing, MAGIC);
    const a = Finish.rounded(clamp(low, least, most), magic);
    return Finish.packed(a, Finish.rounded(clamp(high, least, most), magic), magic, load<bool>(finishing, SIGNED));
  }

  /** Stores the first `count` (1 to 8, or more) of eight numbers of 8 bits. */
  @inline
  static storeBytes(to: usize, v: v128, count: i32): void {
    if (count >= 8) v128.store_lane<i64>(to, v, 0);
    else storeFew(to, i64x2.extract_lane(v, 0), count);
  }

  @inline
  static scaled(sums: v128, multipliers: v128): v128 {
    return f32x4.mul(f32x4.convert_i32x4_s(sums), multipliers);
  }

  /** What a branch is before its residual is added: rounded to 8 bits of its own scale, times what that is in the result's. */
  @inline
  static branch(v: v128, finishing: usize, magic: v128): v128 {
    const lo = v128.load32_splat(finishing, BRANCH_LO);
    const hi = v128.load32_splat(finishing, BRANCH_HI);
    return f32x4.mul(f32x4.sub(Finish.rounded(clamp(v, lo, hi), magic), magic), v128.load32_splat(finishing, BRANCH_FACTOR));
  }

  /** Eight sums as numbers of 8 bits, which need no clamping as floats. */
  @inline
  static small(low: v128, high: v128, m0: v128, m1: v128, magic: v128, signed: bool): v128 {
    return Finish.packed(Finish.rounded(Finish.scaled(low, m0), magic), Finish.rounded(Finish.scaled(high, m1), magic), magic, signed);
  }

  /** The same with their residual. */
  @inline
  static smallSum(low: v128, high: v128, m0: v128, m1: v128, magic: v128, from: usize, finishing: usize): v128 {
    const factor = v128.load32_splat(finishing, RESIDUAL_FACTOR);
    const r = Finish.load8(from, load<bool>(finishing, RESIDUAL_SIGNED));
    const a = f32x4.add(Finish.branch(Finish.scaled(low, m0), finishing, magic), f32x4.mul(Finish.lowFloats(r), factor));
    const b = f32x4.add(Finish.branch(Finish.scaled(high, m1), finishing, magic), f32x4.mul(Finish.highFloats(r), factor));
    return Finish.packed(Finish.rounded(a, magic), Finish.rounded(b, magic), magic, load<bool>(finishing, SIGNED));
  }

  /** {@link finish8} of the four rows of a tile, or their sums as they are. What usually happens to sums happens in registers here. */
  @inline
  static finish4x8(
    y0: usize,
    y1: usize,
    y2: usize,
    y3: usize,
    c00: v128,
    c01: v128,
    c10: v128,
    c11: v128,
    c20: v128,
    c21: v128,
    c30: v128,
    c31: v128,
    columns: i32,
    multipliers: usize,
    finishing: usize,
    residual: usize,
  ): void {
    const kind = load<i32>(finishing, KIND);
    if (kind === SMALL_BYTES && columns === 8) {
      const m0 = v128.load(multipliers);
      const m1 = v128.load(multipliers, 16);
      const magic = v128.load32_splat(finishing, MAGIC);
      if (residual) {
        v128.store_lane<i64>(y0, Finish.smallSum(c00, c01, m0, m1, magic, y0 + residual, finishing), 0);
        v128.store_lane<i64>(y1, Finish.smallSum(c10, c11, m0, m1, magic, y1 + residual, finishing), 0);
        v128.store_lane<i64>(y2, Finish.smallSum(c20, c21, m0, m1, magic, y2 + residual, finishing), 0);
        v128.store_lane<i64>(y3, Finish.smallSum(c30, c31, m0, m1, magic, y3 + residual, finishing), 0);
      } else {
        const signed = load<bool>(finishing, SIGNED);
        v128.store_lane<i64>(y0, Finish.small(c00, c01, m0, m1, magic, signed), 0);
        v128.store_lane<i64>(y1, Finish.small(c10, c11, m0, m1, magic, signed), 0);
        v128.store_lane<i64>(y2, Finish.small(c20, c21, m0, m1, magic, signed), 0);
        v128.store_lane<i64>(y3, Finish.small(c30, c31, m0, m1, magic, signed), 0);
      }
    } else if (kind === SUMS) {
      Finish.sums(y0, c00, c01);
      Finish.sums(y1, c10, c11);
      Finish.sums(y2, c20, c21);
      Finish.sums(y3, c30, c31);
    } else if (kind === MORE_SUMS) {
      Finish.moreSums(y0, c00, c01);
      Finish.moreSums(y1, c10, c11);
      Finish.moreSums(y2, c20, c21);
      Finish.moreSums(y3, c30, c31);
    } else {
      finish8(y0, c00, c01, columns, multipliers, finishing, residual);
      finish8(y1, c10, c11, columns, multipliers, finishing, residual);
      finish8(y2, c20, c21, columns, multipliers, finishing, residual);
      finish8(y3, c30, c31, columns, multipliers, finishing, residual);
    }
  }

  @inline
  static sums(to: usize, low: v128, high: v128): void {
    v128.store(to, low);
    v128.store(to, high, 16);
  }

  @inline
  static moreSums(to: usize, low: v128, high: v128): void {
    v128.store(to, i32x4.add(low, v128.load(to)));
    v128.store(to, i32x4.add(high, v128.load(to, 16)), 16);
  }

  /** {@link finish8} of four columns of six rows. */
  @inline
  static finish6x4(
    y0: usize,
    y1: usize,
    y2: usize,
    y3: usize,
    y4: usize,
    y5: usize,
    c00: v128,
    c10: v128,
    c20: v128,
    c30: v128,
    c40: v128,
    c50: v128,
    columns: i32,
    multipliers: usize,
    finishing: usize,
    residual: usize,
  ): void {
    if (load<i32>(finishing, KIND) === SMALL_BYTES && columns === 4 && !residual) {
      const m = v128.load(multipliers);
      const magic = v128.load32_splat(finishing, MAGIC);
      const signed = load<bool>(finishing, SIGNED);
      const v0 = Finish.small(c00, c10, m, m, magic, signed);
      const v2 = Finish.small(c20, c30, m, m, magic, signed);
      const v4 = Finish.small(c40, c50, m, m, magic, signed);
      v128.store_lane<i32>(y0, v0, 0);
      v128.store_lane<i32>(y1, v0, 1);
      v128.store_lane<i32>(y2, v2, 0);
      v128.store_lane<i32>(y3, v2, 1);
      v128.store_lane<i32>(y4, v4, 0);
      v128.store_lane<i32>(y5, v4, 1);
    } else {
      finish8(y0, c00, c00, columns, multipliers, finishing, residual);
      finish8(y1, c10, c10, columns, multipliers, finishing, residual);
      finish8(y2, c20, c20, columns, multipliers, finishing, residual);
      finish8(y3, c30, c30, columns, multipliers, finishing, residual);
      finish8(y4, c40, c40, columns, multipliers, finishing, residual);
      finish8(y5, c50, c50, columns, multipliers, finishing, residual);
    }
  }
}

function storeFew(to: usize, bytes: i64, count: i32): void {
  for (; count > 0; count--, to++, bytes >>= 8) store<u8>(to, <u8>bytes);
}

/**
 * Finishes eight sums and stores them: times their multipliers, or rounded to 8 bits; with a residual, whose address is `residual` after the
 * result's, they are rounded to 8 bits of the branch's scale before the two are added, as QLinearConv and QLinearAdd would.
 *
 * @param columns how many of the results exist
 */
export function finish8(to: usize, low: v128, high: v128, columns: i32, multipliers: usize, finishing: usize, residual: usize): void {
  let a = Finish.scaled(low, v128.load(multipliers));
  let b = Finish.scaled(high, v128.load(multipliers, 16));
  if (load<i32>(finishing, KIND) === FLOATS) {
    storeLanes(to, a, columns);
    storeLanes(to + 16, b, columns - 4);
    return;
  }
  if (residual) {
    const magic = v128.load32_splat(finishing, MAGIC);
    const factor = v128.load32_splat(finishing, RESIDUAL_FACTOR);
    const r = Finish.load8(to + residual, load<bool>(finishing, RESIDUAL_SIGNED));
    a = f32x4.add(Finish.branch(a, finishing, magic), f32x4.mul(Finish.lowFloats(r), factor));
    b = f32x4.add(Finish.branch(b, finishing, magic), f32x4.mul(Finish.highFloats(r), factor));
  }
  Finish.storeBytes(to, Finish.toBytes(a, b, finishing), columns);
}
