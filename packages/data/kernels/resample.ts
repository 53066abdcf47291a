// Pillow's two passes of an antialiased resize, in SIMD. A weight of 22 fractional bits does not fit the 16-bit factors
// of a dot product, so it comes in two halves, weight = high * 2048 + low: every sum is exact, and two taps cost two
// dot products where 32-bit multiplies would take twice that.

const HALF: i32 = 1 << 21;
const WEIGHT_BITS: i32 = 22;
const LOW_BITS: i32 = 11;

/** `[sum of high products] * 2048 + [sum of low ones]`, rounded to whole pixels, still 32 bits wide. */
function settle(high: v128, low: v128): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.add(i32x4.shl(high, LOW_BITS), low), i32x4.splat(HALF)), WEIGHT_BITS);
}

/** Two RGB pixels as 16-bit pairs: r0 r1, g0 g1, b0 b1, and a pair that is thrown away. */
function pairPixels(at: usize): v128 {
  const bytes = v128.load64_zero(at);
  return v128.and(i8x16.shuffle(bytes, bytes, 0, 0, 3, 3, 1, 1, 4, 4, 2, 2, 5, 5, 0, 0, 0, 0), i16x8.splat(255));
}

function storePixel(at: usize, value: v128): void {
  const words = i16x8.narrow_i32x4_s(value, value);
  v128.store32_lane(at, i8x16.narrow_i16x8_u(words, words), 0);
}

/**
 * Filters `rows` rows of RGB, four at a time. `spans` holds, for each output column, the byte offset of its first pixel
 * and its number of tap pairs; `weights` the pairs' high and low halves. Writes a byte past each row's last pixel, so
 * `toStep` must leave room; reads up to a pixel and two bytes past the last.
 */
export function resampleRows(
  from: usize,
  fromStep: usize,
  rows: i32,
  to: usize,
  toStep: usize,
  columns: i32,
  spans: usize,
  weights: usize,
  weightStep: usize,
): void {
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    const r0 = from + <usize>row * fromStep;
    const r1 = r0 + fromStep;
    const r2 = r1 + fromStep;
    const r3 = r2 + fromStep;
    let out = to + <usize>row * toStep;
    for (let column = 0; column < columns; column++) {
      let at = <usize>load<i32>(spans + <usize>(column << 3));
      const pairs = load<i32>(spans + <usize>(column << 3), 4);
      let weight = weights + <usize>column * weightStep;
      const end = weight + <usize>(pairs << 3);
      let h0 = i32x4.splat(0);
      let h1 = h0;
      let h2 = h0;
      let h3 = h0;
      let l0 = h0;
      let l1 = h0;
      let l2 = h0;
      let l3 = h0;
      for (; weight < end; weight += 8) {
        const high = v128.load32_splat(weight);
        const low = v128.load32_splat(weight, 4);
        const p0 = pairPixels(r0 + at);
        h0 = i32x4.add(h0, i32x4.dot_i16x8_s(p0, high));
        l0 = i32x4.add(l0, i32x4.dot_i16x8_s(p0, low));
        const p1 = pairPixels(r1 + at);
        h1 = i32x4.add(h1, i32x4.dot_i16x8_s(p1, high));
        l1 = i32x4.add(l1, i32x4.dot_i16x8_s(p1, low));
        const p2 = pairPixels(r2 + at);
        h2 = i32x4.add(h2, i32x4.dot_i16x8_s(p2, high));
        l2 = i32x4.add(l2, i32x4.dot_i16x8_s(p2, low));
        const p3 = pairPixels(r3 + at);
        h3 = i32x4.add(h3, i32x4.dot_i16x8_s(p3, high));
        l3 = i32x4.add(l3, i32x4.dot_i16x8_s(p3, low));
        at += 6;
      }
      storePixel(out, settle(h0, l0));
      storePixel(out + toStep, settle(h1, l1));
      storePixel(out + 2 * toStep, settle(h2, l2));
      storePixel(out + 3 * toStep, settle(h3, l3));
      out += 3;
    }
  }
  for (; row < rows; row++) {
    const source = from + <usize>row * fromStep;
    let out = to + <usize>row * toStep;
    for (let column = 0; column < columns; column++) {
      let at = source + <usize>load<i32>(spans + <usize>(column << 3));
      const pairs = load<i32>(spans + <usize>(column << 3), 4);
      let weight = weights + <usize>column * weightStep;
      const end = weight + <usize>(pairs << 3);
      let high = i32x4.splat(0);
      let low = high;
      for (; weight < end; weight += 8) {
        const pixels = pairPixels(at);
        high = i32x4.add(high, i32x4.dot_i16x8_s(pixels, v128.load32_splat(weight)));
        low = i32x4.add(low, i32x4.dot_i16x8_s(pixels, v128.load32_splat(weight, 4)));
        at += 6;
      }
      storePixel(out, settle(high, low));
      out += 3;
    }
  }
}

/**
 * Filters columns: each output row is a weighted sum of the rows from `spans[row]` (a byte offset) on, by pairs, 16
 * bytes at a time. Writes up to 15 bytes past the last row; reads up to a row past the last.
 */
export function resampleColumns(
  from: usize,
  fromStep: usize,
  rowBytes: i32,
  to: usize,
  rows: i32,
  spans: usize,
  weights: usize,
  weightStep: usize,
): void {
  const zero = i32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    const first = from + <usize>load<i32>(spans + <usize>(row << 3));
    const pairs = load<i32>(spans + <usize>(row << 3), 4);
    const start = weights + <usize>row * weightStep;
    const end = start + <usize>(pairs << 3);
    const out = to + <usize>row * <usize>rowBytes;
    for (let i = 0; i < rowBytes; i += 16) {
      let at = first + <usize>i;
      let h0 = zero;
      let h1 = zero;
      let h2 = zero;
      let h3 = zero;
      let l0 = zero;
      let l1 = zero;
      let l2 = zero;
      let l3 = zero;
      for (let weight = start; weight < end; weight += 8) {
        const high = v128.load32_splat(weight);
        const low = v128.load32_splat(weight, 4);
        const a = v128.load(at);
        const b = v128.load(at + fromStep);
        const ab0 = i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const ab1 = i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const p0 = i16x8.extend_low_i8x16_u(ab0);
        const p1 = i16x8.extend_high_i8x16_u(ab0);
        const p2 = i16x8.extend_low_i8x16_u(ab1);
        const p3 = i16x8.extend_high_i8x16_u(ab1);
        h0 = i32x4.add(h0, i32x4.dot_i16x8_s(p0, high));
        l0 = i32x4.add(l0, i32x4.dot_i16x8_s(p0, low));
        h1 = i32x4.add(h1, i32x4.dot_i16x8_s(p1, high));
        l1 = i32x4.add(l1, i32x4.dot_i16x8_s(p1, low));
        h2 = i32x4.add(h2, i32x4.dot_i16x8_s(p2, high));
        l2 = i32x4.add(l2, i32x4.dot_i16x8_s(p2, low));
        h3 = i32x4.add(h3, i32x4.dot_i16x8_s(p3, high));
        l3 = i32x4.add(l3, i32x4.dot_i16x8_s(p3, low));
        at += 2 * fromStep;
      }
      const w0 = i16x8.narrow_i32x4_s(settle(h0, l0), settle(h1, l1));
      const w1 = i16x8.narrow_i32x4_s(settle(h2, l2), settle(h3, l3));
      v128.store(out + <usize>i, i8x16.narrow_i16x8_u(w0, w1));
    }
  }
}
