import { madd } from './simd';

// Winograd's minimal filtering F(4x4, 3x3): a 4x4 patch of results from 6x6 inputs with 36 multiplications for each
// channel pair instead of 144. Lavin & Gray 2015, https://arxiv.org/abs/1509.09308. Each transform is done along
// columns into `temporary` (36 vectors), then along rows. The gradient of the filter is the same turned round: what is linear
// in a filter, y = A^T [(G g) * (B^T d)], has the gradient G^T [(A dy) * (B^T d)].

/** `B^T d B` for four channels: 36 vectors read at `from`, written `step` bytes apart from `to`. */
export function transformInput(from: usize, rowBytes: usize, columnBytes: usize, to: usize, step: usize, temporary: usize): void {
  const four = f32x4.splat(4);
  const minusFour = f32x4.splat(-4);
  const minusFive = f32x4.splat(-5);
  const two = f32x4.splat(2);
  for (let j = 0; j < 6; j++) {
    let at = from + <usize>j * columnBytes;
    const d0 = v128.load(at);
    at += rowBytes;
    const d1 = v128.load(at);
    at += rowBytes;
    const d2 = v128.load(at);
    at += rowBytes;
    const d3 = v128.load(at);
    at += rowBytes;
    const d4 = v128.load(at);
    const d5 = v128.load(at + rowBytes);
    const a = madd(minusFour, d2, d4);
    const b = madd(minusFour, d1, d3);
    const c = f32x4.sub(d4, d2);
    const e = f32x4.mul(two, f32x4.sub(d3, d1));
    const t = temporary + <usize>(j << 4);
    v128.store(t, madd(four, d0, madd(minusFive, d2, d4)));
    v128.store(t, f32x4.add(a, b), 96);
    v128.store(t, f32x4.sub(a, b), 192);
    v128.store(t, f32x4.add(c, e), 288);
    v128.store(t, f32x4.sub(c, e), 384);
    v128.store(t, madd(four, d1, madd(minusFive, d3, d5)), 480);
  }
  for (let i = 0; i < 6; i++) {
    const t = temporary + <usize>(i * 96);
    const d0 = v128.load(t);
    const d1 = v128.load(t, 16);
    const d2 = v128.load(t, 32);
    const d3 = v128.load(t, 48);
    const d4 = v128.load(t, 64);
    const d5 = v128.load(t, 80);
    const a = madd(minusFour, d2, d4);
    const b = madd(minusFour, d1, d3);
    const c = f32x4.sub(d4, d2);
    const e = f32x4.mul(two, f32x4.sub(d3, d1));
    let at = to + <usize>(i * 6) * step;
    v128.store(at, madd(four, d0, madd(minusFive, d2, d4)));
    at += step;
    v128.store(at, f32x4.add(a, b));
    at += step;
    v128.store(at, f32x4.sub(a, b));
    at += step;
    v128.store(at, f32x4.add(c, e));
    at += step;
    v128.store(at, f32x4.sub(c, e));
    v128.store(at + step, madd(four, d1, madd(minusFive, d3, d5)));
  }
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
  v128.store(to, f32x4.mul(f32x4.splat(0.25), g0));
  to += toStep;
  v128.store(to, f32x4.add(even, odd));
  to += toStep;
  v128.store(to, f32x4.sub(even, odd));
  to += toStep;
  v128.store(to, f32x4.add(a, b));
  to += toStep;
  v128.store(to, f32x4.sub(a, b));
  v128.store(to + toStep, g2);
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
  const minusSixth = f32x4.splat(-1.0 / 6);
  const even = f32x4.mul(minusSixth, f32x4.add(m1, m2));
  const odd = f32x4.mul(minusSixth, f32x4.sub(m1, m2));
  const sum = f32x4.add(m3, m4);
  v128.store(to, f32x4.add(f32x4.mul(f32x4.splat(0.25), m0), f32x4.add(even, f32x4.mul(f32x4.splat(1.0 / 24), sum))));
  to += toStep;
  v128.store(to, f32x4.add(odd, f32x4.mul(f32x4.splat(1.0 / 12), f32x4.sub(m3, m4))));
  v128.store(to + toStep, f32x4.add(even, f32x4.add(f32x4.mul(f32x4.splat(1.0 / 6), sum), m5)));
}
