import { madd } from './simd';

// Winograd's minimal filtering F(4x4, 3x3): a 4x4 patch of results from 6x6 inputs with 36 multiplications for each
// channel pair instead of 144. Lavin & Gray 2015, https://arxiv.org/abs/1509.09308. Each transform is done along
// columns, then along rows. The gradient of the filter is the same turned round: what is linear
// in a filter, y = A^T [(G g) * (B^T d)], has the gradient G^T [(A dy) * (B^T d)].
//
// The paper's G holds fractions, a factor for each row. Here they are in B^T, so that a filter's transform is its values as a polynomial at
// 0, 1, -1, 2, -2 and infinity: large filters are transformed anew for every few tiles, see `winograd`.

/** `B^T d B` for four channels: 36 vectors read at `from`, written `step` bytes apart from `to`. */
export function transformInput(from: usize, rowBytes: usize, columnBytes: usize, to: usize, step: usize, temporary: usize): void {
  for (let j = 0; j < 6; j++) Line.input(from + <usize>j * columnBytes, rowBytes, temporary + <usize>(j << 4), 96);
  for (let i = 0; i < 6; i++) Line.input(temporary + <usize>(i * 96), 16, to + <usize>(i * 6) * step, step);
}

/** `A^T m A` for four channels: 36 vectors read `step` bytes apart, 16 results left in `temporary`, row by row. */
export function transformOutput(from: usize, step: usize, temporary: usize): void {
  const two = f32x4.splat(2);
  const four = f32x4.splat(4);
  const eight = f32x4.splat(8);
  const columns = temporary + 256;
  for (let j = 0; j < 6; j++) {
    let at = from + <usize>j * step;
    const next = 6 * step;
    const m0 = v128.load(at);
    at += next;
    const m1 = v128.load(at);
    at += next;
    const m2 = v128.load(at);
    at += next;
    const m3 = v128.load(at);
    at += next;
    const m4 = v128.load(at);
    const m5 = v128.load(at + next);
    const p = f32x4.add(m1, m2);
    const q = f32x4.sub(m1, m2);
    const r = f32x4.add(m3, m4);
    const s = f32x4.sub(m3, m4);
    const t = columns + <usize>(j << 4);
    v128.store(t, f32x4.add(m0, f32x4.add(p, r)));
    v128.store(t, madd(two, s, q), 96);
    v128.store(t, madd(four, r, p), 192);
    v128.store(t, f32x4.add(madd(eight, s, q), m5), 288);
  }
  for (let i = 0; i < 4; i++) {
    const t = columns + <usize>(i * 96);
    const m0 = v128.load(t);
    const m1 = v128.load(t, 16);
    const m2 = v128.load(t, 32);
    const m3 = v128.load(t, 48);
    const m4 = v128.load(t, 64);
    const m5 = v128.load(t, 80);
    const p = f32x4.add(m1, m2);
    const q = f32x4.sub(m1, m2);
    const r = f32x4.add(m3, m4);
    const s = f32x4.sub(m3, m4);
    const to = temporary + <usize>(i << 6);
    v128.store(to, f32x4.add(m0, f32x4.add(p, r)));
    v128.store(to, madd(two, s, q), 16);
    v128.store(to, madd(four, r, p), 32);
    v128.store(to, f32x4.add(madd(eight, s, q), m5), 48);
  }
}

/**
 * `G g G^T` for some channels of eight filters, `[9][tapBytes: channel][8]`, into 36 matrices `[channel][8]`, `step` bytes apart.
 *
 * Lines are in line: what lies between rows and columns is in registers, not in memory as in the other transforms. A 7x7
 * convolution of 512 channels takes 10 % less.
 */
export function transformFilter(from: usize, tapBytes: usize, channels: i32, to: usize, step: usize): void {
  const rowStep = 6 * step;
  const four = f32x4.splat(4);
  const end = from + <usize>(channels << 5);
  for (; from < end; from += 16, to += 16) {
    const a0 = v128.load(from);
    const a1 = v128.load(from + tapBytes);
    const a2 = v128.load(from + 2 * tapBytes);
    Line.filter(a0, a1, a2, to, step);
    const middle = from + 3 * tapBytes;
    const b0 = v128.load(middle);
    const b1 = v128.load(middle + tapBytes);
    const b2 = v128.load(middle + 2 * tapBytes);
    const last = middle + 3 * tapBytes;
    const c0 = v128.load(last);
    const c1 = v128.load(last + tapBytes);
    const c2 = v128.load(last + 2 * tapBytes);
    const even0 = f32x4.add(a0, c0);
    const even1 = f32x4.add(a1, c1);
    const even2 = f32x4.add(a2, c2);
    Line.filter(f32x4.add(even0, b0), f32x4.add(even1, b1), f32x4.add(even2, b2), to + rowStep, step);
    Line.filter(f32x4.sub(even0, b0), f32x4.sub(even1, b1), f32x4.sub(even2, b2), to + 2 * rowStep, step);
    const wide0 = madd(four, c0, a0);
    const wide1 = madd(four, c1, a1);
    const wide2 = madd(four, c2, a2);
    const twice0 = f32x4.add(b0, b0);
    const twice1 = f32x4.add(b1, b1);
    const twice2 = f32x4.add(b2, b2);
    Line.filter(f32x4.add(wide0, twice0), f32x4.add(wide1, twice1), f32x4.add(wide2, twice2), to + 3 * rowStep, step);
    Line.filter(f32x4.sub(wide0, twice0), f32x4.sub(wide1, twice1), f32x4.sub(wide2, twice2), to + 4 * rowStep, step);
    Line.filter(c0, c1, c2, to + 5 * rowStep, step);
  }
}

/** `A y A^T`, what `transformOutput` does turned round, for four channels: 16 vectors read at `from`, 36 written `step` bytes apart. */
export function transformGradient(from: usize, rowBytes: usize, columnBytes: usize, to: usize, step: usize, temporary: usize): void {
  for (let j = 0; j < 4; j++) gradientColumn(from + <usize>j * columnBytes, rowBytes, temporary + <usize>(j << 4), 64);
  for (let i = 0; i < 6; i++) gradientColumn(temporary + <usize>(i << 6), 16, to + <usize>(i * 6) * step, step);
}

function gradientColumn(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const y0 = v128.load(from);
  from += fromStep;
  const y1 = v128.load(from);
  from += fromStep;
  const y2 = v128.load(from);
  const y3 = v128.load(from + fromStep);
  const a = f32x4.add(y0, y2);
  const b = f32x4.add(y1, y3);
  const c = madd(f32x4.splat(4), y2, y0);
  const d = f32x4.mul(f32x4.splat(2), madd(f32x4.splat(4), y3, y1));
  v128.store(to, y0);
  to += toStep;
  v128.store(to, f32x4.add(a, b));
  to += toStep;
  v128.store(to, f32x4.sub(a, b));
  to += toStep;
  v128.store(to, f32x4.add(c, d));
  to += toStep;
  v128.store(to, f32x4.sub(c, d));
  v128.store(to + toStep, y3);
}

/** `G^T m G`, what `transformFilter` does turned round, for four filters: 36 vectors read at `from`, 9 left there. */
export function transformFilterGradient(from: usize, temporary: usize): void {
  for (let j = 0; j < 6; j++) filterGradientColumn(from + <usize>(j << 4), 96, temporary + <usize>(j << 4), 96);
  for (let i = 0; i < 3; i++) filterGradientColumn(temporary + <usize>(i * 96), 16, from + <usize>(i * 48), 16);
}

function filterGradientColumn(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const m0 = v128.load(from);
  from += fromStep;
  const m1 = v128.load(from);
  from += fromStep;
  const m2 = v128.load(from);
  from += fromStep;
  const m3 = v128.load(from);
  from += fromStep;
  const m4 = v128.load(from);
  const m5 = v128.load(from + fromStep);
  const even = f32x4.add(m1, m2);
  const wide = f32x4.add(m3, m4);
  v128.store(to, f32x4.add(m0, f32x4.add(even, wide)));
  to += toStep;
  v128.store(to, madd(f32x4.splat(2), f32x4.sub(m3, m4), f32x4.sub(m1, m2)));
  v128.store(to + toStep, f32x4.add(madd(f32x4.splat(4), wide, even), m5));
}

// biome-ignore lint/complexity/noStaticOnlyClass: a decorator may stand before a method, not before a function
class Line {
  @inline
  static input(from: usize, fromStep: usize, to: usize, toStep: usize): void {
    const d0 = v128.load(from);
    from += fromStep;
    const d1 = v128.load(from);
    from += fromStep;
    const d2 = v128.load(from);
    from += fromStep;
    const d3 = v128.load(from);
    from += fromStep;
    const d4 = v128.load(from);
    const d5 = v128.load(from + fromStep);
    const minusSixth = f32x4.splat(-1.0 / 6);
    const twoThirds = f32x4.splat(2.0 / 3);
    const a = madd(minusSixth, d4, f32x4.mul(twoThirds, d2));
    const b = madd(minusSixth, d3, f32x4.mul(twoThirds, d1));
    const c = f32x4.mul(f32x4.splat(1.0 / 24), f32x4.sub(d4, d2));
    const e = f32x4.mul(f32x4.splat(1.0 / 12), f32x4.sub(d3, d1));
    v128.store(to, madd(f32x4.splat(0.25), d4, madd(f32x4.splat(-1.25), d2, d0)));
    to += toStep;
    v128.store(to, f32x4.add(a, b));
    to += toStep;
    v128.store(to, f32x4.sub(a, b));
    to += toStep;
    v128.store(to, f32x4.add(c, e));
    to += toStep;
    v128.store(to, f32x4.sub(c, e));
    v128.store(to + toStep, madd(f32x4.splat(4), d1, madd(f32x4.splat(-5), d3, d5)));
  }

  /**
   * The filter's values at six points from its three coefficients.
   */
  @inline
  static filter(g0: v128, g1: v128, g2: v128, to: usize, step: usize): void {
    const even = f32x4.add(g0, g2);
    const wide = madd(f32x4.splat(4), g2, g0);
    const twice = f32x4.add(g1, g1);
    v128.store(to, g0);
    to += step;
    v128.store(to, f32x4.add(even, g1));
    to += step;
    v128.store(to, f32x4.sub(even, g1));
    to += step;
    v128.store(to, f32x4.add(wide, twice));
    to += step;
    v128.store(to, f32x4.sub(wide, twice));
    v128.store(to + step, g2);
  }
}
