// Sums over many pixels: a few of them in float32, four channels at a time, then that sum onto one in float64. It costs next
// to nothing more than float32 throughout, whose error grows with the number of pixels.

/** How many terms to add in float32 before `widen`. */
export const RUN = 16;

/** Bytes of a row of doubles, one for each channel, rounded up to whole vectors of four. */
export function wideBytes(channels: i32): usize {
  return <usize>(((channels + 3) & ~3) << 3);
}

/** Adds four floats to the four doubles at `to`. */
export function widen(to: usize, v: v128): void {
  v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(v)));
  v128.store(to, f64x2.add(v128.load(to, 16), f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3))), 16);
}

/** The four doubles at `from`, each times `scale`, as floats. */
export function narrow(from: usize, scale: f64): v128 {
  const by = f64x2.splat(scale);
  const low = f32x4.demote_f64x2_zero(f64x2.mul(v128.load(from), by));
  const high = f32x4.demote_f64x2_zero(f64x2.mul(v128.load(from, 16), by));
  return v128.shuffle<f32>(low, high, 0, 1, 4, 5);
}
