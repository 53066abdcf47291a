import { clamp, loadLanes, madd, storeLanes } from './simd';

/**
 * Multiplies one row by two packed panels of 8 columns: the row that is left where their number is one more than whole tiles, as of 7x7
 * pixels, and images of one pixel. Four sums are just enough for an addition's latency. Arguments as for `tiles4x8`; sums are the same.
 *
 * @param row where the row and its result are, two addresses
 * @param panel the first panel; the other follows `panelBytes` later, if `columns` says that there is one
 * @param columns how many of the 16 columns exist
 */
export function tiles1x16(
  row: usize,
  panel: usize,
  panelBytes: usize,
  segments: usize,
  segmentsEnd: usize,
  sumSegments: i32,
  length: i32,
  column: usize,
  columns: i32,
  bias: usize,
  residual: usize,
  lo: f32,
  hi: f32,
): void {
  const r = <usize>load<u32>(row);
  const y = <usize>load<u32>(row, 4) + column;
  const bytes = <usize>(length << 2);
  const sumBytes = <usize>(sumSegments << 2);
  let b = panel;
  let d = columns > 8 ? panel + panelBytes : panel;
  let t0 = bias ? loadLanes(bias, columns) : f32x4.splat(0);
  let t1 = bias ? loadLanes(bias + 16, columns - 4) : f32x4.splat(0);
  let t2 = bias ? loadLanes(bias + 32, columns - 8) : f32x4.splat(0);
  let t3 = bias ? loadLanes(bias + 48, columns - 12) : f32x4.splat(0);
  for (let begin = segments; begin < segmentsEnd; begin += sumBytes) {
    const opens = begin === segments;
    const zero = f32x4.splat(0);
    let c0 = opens ? t0 : zero;
    let c1 = opens ? t1 : zero;
    let c2 = opens ? t2 : zero;
    let c3 = opens ? t3 : zero;
    const stopSum = min(begin + sumBytes, segmentsEnd);
    for (let s = begin; s < stopSum; s += 4) {
      let a = r + <usize>load<i32>(s);
      const stop = a + bytes;
      do {
        const x = v128.load32_splat(a);
        c0 = madd(x, v128.load(b), c0);
        c1 = madd(x, v128.load(b, 16), c1);
        c2 = madd(x, v128.load(d), c2);
        c3 = madd(x, v128.load(d, 16), c3);
        a += 4;
        b += 32;
        d += 32;
      } while (a < stop);
    }
    t0 = opens ? c0 : f32x4.add(c0, t0);
    t1 = opens ? c1 : f32x4.add(c1, t1);
    t2 = opens ? c2 : f32x4.add(c2, t2);
    t3 = opens ? c3 : f32x4.add(c3, t3);
  }
  if (residual) {
    t0 = f32x4.add(t0, loadLanes(y + residual, columns));
    t1 = f32x4.add(t1, loadLanes(y + residual + 16, columns - 4));
    t2 = f32x4.add(t2, loadLanes(y + residual + 32, columns - 8));
    t3 = f32x4.add(t3, loadLanes(y + residual + 48, columns - 12));
  }
  const l = f32x4.splat(lo);
  const h = f32x4.splat(hi);
  storeLanes(y, clamp(t0, l, h), columns);
  storeLanes(y + 16, clamp(t1, l, h), columns - 4);
  storeLanes(y + 32, clamp(t2, l, h), columns - 8);
  storeLanes(y + 48, clamp(t3, l, h), columns - 12);
}
