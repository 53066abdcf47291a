import { madd } from './simd';

// Winograd's minimal filtering F(4x4, 3x3): a 4x4 patch of results from 6x6 inputs with 36 multiplications for each
// channel pair instead of 144. Lavin & Gray 2015, https://arxiv.org/abs/1509.09308. Each transform is done along
// columns into `temporary` (36 vectors), then along rows. The gradient of the filter is the same turned round: what is linear
// in a filter, y = A^T [(G g) * (B^T d)], has the gradient G^T [(A dy) * (B^T d)].

/** `B^T d B` for four channels: 36 vectors read at `from`, written `step` bytes apart from `to`. */
export function transformInput(from: usize, rowBytes: usize, columnBytes: usize, to: usize, step: usize, temporary: usize): void {
  for (let j = 0; j < 6; j++) Line.ofInput(from + <usize>j * columnBytes, rowBytes, temporary + <usize>(j << 4), 96);
  for (let i = 0; i < 6; i++) Line.ofInput(temporary + <usize>(i * 96), 16, to + <usize>(i * 6) * step, step);
}

/** `A^T m A` for four channels: 36 vectors read `step` bytes apart, 16 results left in `temporary`, row by row. */
export function transformOutput(from: usize, step: usize, temporary: usize): void {
  const columns = temporary + 256;
  for (let j = 0; j < 6; j++) Line.ofOutput(from + <usize>j * step, 6 * step, columns + <usize>(j << 4), 96);
  for (let i = 0; i < 4; i++) Line.ofOutput(columns + <usize>(i * 96), 16, temporary + <usize>(i << 6), 16);
}

/** `G g G^T` for four filters: 9 vectors read at `from`, 36 written `step` bytes apart from `to`. */
export function transformFilter(from: usize, to: usize, step: usize, temporary: usize): void {
  for (let j = 0; j < 3; j++) filterColumn(from + <usize>(j << 4), 48, temporary + <usize>(j << 4), 48);
  for (let i = 0; i < 6; i++) filterColumn(temporary + <usize>(i * 48), 16, to + <usize>(i * 6) * step, step);
}

function filterColumn(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const g0 = v128.load(from);
  const g1 = v128.load(from + fromStep);
  const g2 = v128.load(from + 2 * fromStep);
  const sixth = f32x4.splat(-1.0 / 6);
  const even = f32x4.mul(sixth, f32x4.add(g0, g2));
  const odd = f32x4.mul(sixth, g1);
  const a = f32x4.add(f32x4.mul(f32x4.splat(1.0 / 24), g0), f32x4.mul(f32x4.splat(1.0 / 6), g2));
  const b = f32x4.mul(f32x4.splat(1.0 / 12), g1);
  Line.store(to, toStep, f32x4.mul(f32x4.splat(0.25), g0), even, odd, a, b, g2);
}

/**
 * `G g G^T` without G's factors, for some channels of a panel of eight filters, `[9][tapBytes: channel][8]`, into 36 matrices
 * `[channel][8]`, `step` bytes apart: each line's values as a polynomial at 0, 1, -1, 2, -2 and infinity. The factors go to the matrices
 * that these are multiplied with, see {@link scaleMatrices}.
 *
 * Large filters are transformed so for each use. Written for speed: what lies between rows and columns stays in registers, and a 7x7
 * convolution of 512 channels takes 10 % less than with a temporary.
 */
export function transformPanel(from: usize, tapBytes: usize, channels: i32, to: usize, step: usize): void {
  const rowStep = 6 * step;
  const four = f32x4.splat(4);
  const end = from + <usize>(channels << 5);
  for (; from < end; from += 16, to += 16) {
    const a0 = v128.load(from);
    const a1 = v128.load(from + tapBytes);
    const a2 = v128.load(from + 2 * tapBytes);
    Line.ofPanel(a0, a1, a2, to, step);
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
    Line.ofPanel(f32x4.add(even0, b0), f32x4.add(even1, b1), f32x4.add(even2, b2), to + rowStep, step);
    Line.ofPanel(f32x4.sub(even0, b0), f32x4.sub(even1, b1), f32x4.sub(even2, b2), to + 2 * rowStep, step);
    const wide0 = madd(four, c0, a0);
    const wide1 = madd(four, c1, a1);
    const wide2 = madd(four, c2, a2);
    const twice0 = f32x4.add(b0, b0);
    const twice1 = f32x4.add(b1, b1);
    const twice2 = f32x4.add(b2, b2);
    Line.ofPanel(f32x4.add(wide0, twice0), f32x4.add(wide1, twice1), f32x4.add(wide2, twice2), to + 3 * rowStep, step);
    Line.ofPanel(f32x4.sub(wide0, twice0), f32x4.sub(wide1, twice1), f32x4.sub(wide2, twice2), to + 4 * rowStep, step);
    Line.ofPanel(c0, c1, c2, to + 5 * rowStep, step);
  }
}

/**
 * Multiplies 36 matrices of `bytes`, `step` bytes apart, by the factors that {@link transformPanel} leaves out: one after the other, which
 * leaves whole numbers whole more often than their products, 1/36 and the like.
 */
export function scaleMatrices(at: usize, step: usize, bytes: usize): void {
  for (let i = 0; i < 6; i++)
    for (let j = 0; j < 6; j++, at += step) {
      const down = f32x4.splat(filterFactor(i));
      const across = f32x4.splat(filterFactor(j));
      for (let v = at; v < at + bytes; v += 16) v128.store(v, f32x4.mul(f32x4.mul(v128.load(v), down), across));
    }
}

function filterFactor(row: i32): f32 {
  if (row === 0) return 0.25;
  if (row === 5) return 1;
  return row < 3 ? <f32>(-1.0 / 6) : <f32>(1.0 / 24);
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
  Line.store(to, toStep, y0, a, b, c, d, y3);
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
  const minusSixth = f32x4.splat(-1.0 / 6);
  const even = f32x4.mul(minusSixth, f32x4.add(m1, m2));
  const odd = f32x4.mul(minusSixth, f32x4.sub(m1, m2));
  const sum = f32x4.add(m3, m4);
  v128.store(to, f32x4.add(f32x4.mul(f32x4.splat(0.25), m0), f32x4.add(even, f32x4.mul(f32x4.splat(1.0 / 24), sum))));
  to += toStep;
  v128.store(to, f32x4.add(odd, f32x4.mul(f32x4.splat(1.0 / 12), f32x4.sub(m3, m4))));
  v128.store(to + toStep, f32x4.add(even, f32x4.add(f32x4.mul(f32x4.splat(1.0 / 6), sum), m5)));
}

/** One line of a transform to six points: in line, for calls would keep vectors in memory. */
// biome-ignore lint/complexity/noStaticOnlyClass: a decorator may stand before a method, not before a function
class Line {
  /** What all have in common: at 1 and -1, and at 2 and -2, terms of even and of odd order are added and subtracted. */
  @inline
  static store(to: usize, step: usize, zero: v128, even1: v128, odd1: v128, even2: v128, odd2: v128, infinity: v128): void {
    v128.store(to, zero);
    to += step;
    v128.store(to, f32x4.add(even1, odd1));
    to += step;
    v128.store(to, f32x4.sub(even1, odd1));
    to += step;
    v128.store(to, f32x4.add(even2, odd2));
    to += step;
    v128.store(to, f32x4.sub(even2, odd2));
    v128.store(to + step, infinity);
  }

  @inline
  static ofInput(from: usize, fromStep: usize, to: usize, toStep: usize): void {
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
    const four = f32x4.splat(4);
    const minusFour = f32x4.splat(-4);
    const minusFive = f32x4.splat(-5);
    Line.store(
      to,
      toStep,
      madd(four, d0, madd(minusFive, d2, d4)),
      madd(minusFour, d2, d4),
      madd(minusFour, d1, d3),
      f32x4.sub(d4, d2),
      f32x4.mul(f32x4.splat(2), f32x4.sub(d3, d1)),
      madd(four, d1, madd(minusFive, d3, d5)),
    );
  }

  @inline
  static ofOutput(from: usize, fromStep: usize, to: usize, toStep: usize): void {
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
    const even1 = f32x4.add(m1, m2);
    const odd1 = f32x4.sub(m1, m2);
    const even2 = f32x4.add(m3, m4);
    const odd2 = f32x4.sub(m3, m4);
    v128.store(to, f32x4.add(m0, f32x4.add(even1, even2)));
    to += toStep;
    v128.store(to, madd(f32x4.splat(2), odd2, odd1));
    to += toStep;
    v128.store(to, madd(f32x4.splat(4), even2, even1));
    v128.store(to + toStep, f32x4.add(madd(f32x4.splat(8), odd2, odd1), m5));
  }

  @inline
  static ofPanel(g0: v128, g1: v128, g2: v128, to: usize, step: usize): void {
    Line.store(to, step, g0, f32x4.add(g0, g2), g1, madd(f32x4.splat(4), g2, g0), f32x4.add(g1, g1), g2);
  }
}
