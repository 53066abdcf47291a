// Winograd's F(4x4, 3x3) in integers. B^T has whole numbers; G's are fractions, and here each of its rows is a multiple that is whole:
//
//   G = [6 0 0; -4 -4 -4; -4 4 -4; 1 2 4; 1 -2 4; 0 0 12],   A^T = [1 1 1 1 1 0; 0 1 -1 2 -2 0; 0 1 1 4 4 0; 0 1 -1 8 -8 2]
//
// so that A^T [(G g G^T) * (B^T d B)] A is 24 * 24 = 576 times the result. A transformed input of 8 bits is at most 100 * 128 = 12,800, a
// transformed filter at most 144 * 127 = 18,288: both fit 16 bits. Sums may leave int32 and go round, which is no matter: what goes round
// is known modulo 2^32, its ninth too, for 9 has an inverse there, and a 64th of that modulo 2^26. So a result between -2^25 and 2^25 is
// exact, and who calls this knows from the filter that it is.

/** 9 times this is 1 modulo 2^32. */
const NINTH: i32 = 954437177;

/** `B^T d B` of 8 channels of a 6x6 patch, 36 vectors of 16-bit integers, left in `temporary`. */
export function transformPatch<T>(from: usize, rowBytes: usize, columnBytes: usize, temporary: usize): void {
  for (let j: usize = 0; j < 6; j++) {
    const at = from + j * columnBytes;
    Line.inputLine(
      v128.load_ext<T>(at),
      v128.load_ext<T>(at + rowBytes),
      v128.load_ext<T>(at + 2 * rowBytes),
      v128.load_ext<T>(at + 3 * rowBytes),
      v128.load_ext<T>(at + 4 * rowBytes),
      v128.load_ext<T>(at + 5 * rowBytes),
      temporary + (j << 4),
      96,
    );
  }
  for (let i: usize = 0; i < 6; i++) {
    const at = temporary + i * 96;
    Line.inputLine(v128.load(at), v128.load(at, 16), v128.load(at, 32), v128.load(at, 48), v128.load(at, 64), v128.load(at, 80), at, 16);
  }
}

/** One line of a transform: in line, for calls would keep vectors in memory. */
// biome-ignore lint/complexity/noStaticOnlyClass: a decorator may stand before a method, not before a function
class Line {
  @inline
  static inputLine(d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, to: usize, step: usize): void {
    const four1 = i16x8.shl(d1, 2);
    const four2 = i16x8.shl(d2, 2);
    const even = i16x8.sub(d4, four2);
    const odd = i16x8.sub(d3, four1);
    const between = i16x8.sub(d4, d2);
    const twice = i16x8.shl(i16x8.sub(d3, d1), 1);
    v128.store(to, i16x8.add(i16x8.sub(i16x8.shl(d0, 2), d2), i16x8.sub(d4, four2)));
    v128.store(to + step, i16x8.add(even, odd));
    v128.store(to + 2 * step, i16x8.sub(even, odd));
    v128.store(to + 3 * step, i16x8.add(between, twice));
    v128.store(to + 4 * step, i16x8.sub(between, twice));
    v128.store(to + 5 * step, i16x8.add(i16x8.sub(four1, d3), i16x8.sub(d5, i16x8.shl(d3, 2))));
  }

  @inline
  static filterLine(g0: v128, g1: v128, g2: v128, to: usize, step: usize, six: v128, minusFour: v128, twelve: v128): void {
    const sides = i16x8.add(g0, g2);
    const even = i16x8.add(g0, i16x8.shl(g2, 2));
    const odd = i16x8.shl(g1, 1);
    v128.store(to, i16x8.mul(g0, six));
    v128.store(to + step, i16x8.mul(i16x8.add(sides, g1), minusFour));
    v128.store(to + 2 * step, i16x8.mul(i16x8.sub(sides, g1), minusFour));
    v128.store(to + 3 * step, i16x8.add(even, odd));
    v128.store(to + 4 * step, i16x8.sub(even, odd));
    v128.store(to + 5 * step, i16x8.mul(g2, twelve));
  }

  @inline
  static sumsLine(m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, to: usize, step: usize): void {
    const a = i32x4.add(m1, m2);
    const b = i32x4.sub(m1, m2);
    const c = i32x4.add(m3, m4);
    const d = i32x4.sub(m3, m4);
    v128.store(to, i32x4.add(m0, i32x4.add(a, c)));
    v128.store(to + step, i32x4.add(b, i32x4.shl(d, 1)));
    v128.store(to + 2 * step, i32x4.add(a, i32x4.shl(c, 2)));
    v128.store(to + 3 * step, i32x4.add(i32x4.add(b, i32x4.shl(d, 3)), i32x4.shl(m5, 1)));
  }
}

/**
 * `G g G^T` of a panel of eight columns, `[9 taps][step][column][2]` of 8 bits, into 36 panels `[step][column][2]` of 16, `matrixBytes`
 * apart.
 *
 * @param tapBytes of a tap's part of the panel, all steps of it
 * @param steps to transform
 */
export function transformQuantizedPanel(from: usize, tapBytes: usize, steps: i32, to: usize, matrixBytes: usize): void {
  const end = from + ((<usize>steps) << 4);
  const row = 6 * matrixBytes;
  const six = i16x8.splat(6);
  const minusFour = i16x8.splat(-4);
  const twelve = i16x8.splat(12);
  for (; from < end; from += 8, to += 16) {
    const a0 = v128.load_ext<i8>(from);
    const a1 = v128.load_ext<i8>(from + tapBytes);
    const a2 = v128.load_ext<i8>(from + 2 * tapBytes);
    const middle = from + 3 * tapBytes;
    const b0 = v128.load_ext<i8>(middle);
    const b1 = v128.load_ext<i8>(middle + tapBytes);
    const b2 = v128.load_ext<i8>(middle + 2 * tapBytes);
    const last = middle + 3 * tapBytes;
    const c0 = v128.load_ext<i8>(last);
    const c1 = v128.load_ext<i8>(last + tapBytes);
    const c2 = v128.load_ext<i8>(last + 2 * tapBytes);
    // rows of G times the filter, one at a time: what lies between rows and columns stays in registers
    Line.filterLine(i16x8.mul(a0, six), i16x8.mul(a1, six), i16x8.mul(a2, six), to, matrixBytes, six, minusFour, twelve);
    const s0 = i16x8.add(a0, c0);
    const s1 = i16x8.add(a1, c1);
    const s2 = i16x8.add(a2, c2);
    Line.filterLine(
      i16x8.mul(i16x8.add(s0, b0), minusFour),
      i16x8.mul(i16x8.add(s1, b1), minusFour),
      i16x8.mul(i16x8.add(s2, b2), minusFour),
      to + row,
      matrixBytes,
      six,
      minusFour,
      twelve,
    );
    Line.filterLine(
      i16x8.mul(i16x8.sub(s0, b0), minusFour),
      i16x8.mul(i16x8.sub(s1, b1), minusFour),
      i16x8.mul(i16x8.sub(s2, b2), minusFour),
      to + 2 * row,
      matrixBytes,
      six,
      minusFour,
      twelve,
    );
    const e0 = i16x8.add(a0, i16x8.shl(c0, 2));
    const e1 = i16x8.add(a1, i16x8.shl(c1, 2));
    const e2 = i16x8.add(a2, i16x8.shl(c2, 2));
    const o0 = i16x8.shl(b0, 1);
    const o1 = i16x8.shl(b1, 1);
    const o2 = i16x8.shl(b2, 1);
    Line.filterLine(i16x8.add(e0, o0), i16x8.add(e1, o1), i16x8.add(e2, o2), to + 3 * row, matrixBytes, six, minusFour, twelve);
    Line.filterLine(i16x8.sub(e0, o0), i16x8.sub(e1, o1), i16x8.sub(e2, o2), to + 4 * row, matrixBytes, six, minusFour, twelve);
    Line.filterLine(i16x8.mul(c0, twelve), i16x8.mul(c1, twelve), i16x8.mul(c2, twelve), to + 5 * row, matrixBytes, six, minusFour, twelve);
  }
}

/** `A^T m A` of four columns, 36 vectors `step` bytes apart, divided by 576: 16 vectors of sums left in `temporary`, row by row. */
export function transformSums(from: usize, step: usize, temporary: usize): void {
  const columns = temporary + 256;
  for (let j: usize = 0; j < 6; j++) {
    const at = from + j * step;
    const row = 6 * step;
    Line.sumsLine(
      v128.load(at),
      v128.load(at + row),
      v128.load(at + 2 * row),
      v128.load(at + 3 * row),
      v128.load(at + 4 * row),
      v128.load(at + 5 * row),
      columns + (j << 4),
      96,
    );
  }
  const ninth = i32x4.splat(NINTH);
  for (let i: usize = 0; i < 4; i++) {
    const at = columns + i * 96;
    const to = temporary + (i << 6);
    Line.sumsLine(v128.load(at), v128.load(at, 16), v128.load(at, 32), v128.load(at, 48), v128.load(at, 64), v128.load(at, 80), to, 16);
    for (let j: usize = 0; j < 64; j += 16) v128.store(to + j, i32x4.shr_s(i32x4.mul(v128.load(to + j), ninth), 6));
  }
}
