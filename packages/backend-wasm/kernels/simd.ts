// The one difference between the two variants of this module: with relaxed SIMD a multiply-add is one instruction.
export const FMA: bool = ASC_FEATURE_RELAXED_SIMD;

/** `c + a*b` in each of four lanes. */
export function madd(a: v128, b: v128, c: v128): v128 {
  return FMA ? f32x4.relaxed_madd(a, b, c) : f32x4.add(c, f32x4.mul(a, b));
}

/** Clamps to `[lo, hi]` and keeps NaN, in two instructions; `f32x4.max` would take eight on x64. */
export function clamp(v: v128, lo: v128, hi: v128): v128 {
  return f32x4.pmin(f32x4.pmax(v, lo), hi);
}

/** Stores the first `count` (0 to 4) lanes. */
export function storeLanes(to: usize, v: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, v);
    return;
  }
  if (count > 0) f32.store(to, f32x4.extract_lane(v, 0));
  if (count > 1) f32.store(to, f32x4.extract_lane(v, 1), 4);
  if (count > 2) f32.store(to, f32x4.extract_lane(v, 2), 8);
}

/** Loads the first `count` (0 to 4) lanes, zeros in the rest; never reads beyond them. */
export function loadLanes(from: usize, count: i32): v128 {
  if (count >= 4) return v128.load(from);
  let v = f32x4.splat(0);
  if (count > 0) v = f32x4.replace_lane(v, 0, f32.load(from));
  if (count > 1) v = f32x4.replace_lane(v, 1, f32.load(from, 4));
  if (count > 2) v = f32x4.replace_lane(v, 2, f32.load(from, 8));
  return v;
}
