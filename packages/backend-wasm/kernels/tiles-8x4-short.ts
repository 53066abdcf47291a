import { clamp, loadLanes, madd, storeLanes } from './simd';

/**
 * `tiles8x4` for segments of four floats, the taps of a convolution with groups of four channels: without a loop inside
 * a tap there are no addresses to count up.
 *
 * @param count rows, a multiple of 8 (callers repeat the last row: it is computed twice, to the same values)
 * @param column byte offset of the panel's first column in a result row
 * @param columns how many of the 4 columns exist
 * @param bias address of the first column's bias, or 0
 * @param first whether sums start at the bias; else they are added to what the result holds, which is more exact than
 *   one long sum
 * @param last whether to finish: add the residual, clamp
 * @param residual what to add to a result's address to get its residual's; 0 for none
 */
export function tiles8x4Short(
  rows: usize,
  count: i32,
  panel: usize,
  segments: usize,
  segmentsEnd: usize,
  column: usize,
  columns: i32,
  bias: usize,
  first: bool,
  last: bool,
  residual: usize,
  lo: f32,
  hi: f32,
): void {
  const whole = columns === 4;
  const end = rows + ((<usize>count) << 3);
  for (; rows < end; rows += 64) {
    const r0 = <usize>load<u32>(rows, 0);
    const r1 = <usize>load<u32>(rows, 8);
    const r2 = <usize>load<u32>(rows, 16);
    const r3 = <usize>load<u32>(rows, 24);
    const r4 = <usize>load<u32>(rows, 32);
    const r5 = <usize>load<u32>(rows, 40);
    const r6 = <usize>load<u32>(rows, 48);
    const r7 = <usize>load<u32>(rows, 56);
    let s0 = f32x4.splat(0);
    if (first && bias) {
      s0 = whole ? v128.load(bias, 0) : loadLanes(bias + 0, columns - 0);
    }
    let c00 = s0;
    let c10 = s0;
    let c20 = s0;
    let c30 = s0;
    let c40 = s0;
    let c50 = s0;
    let c60 = s0;
    let c70 = s0;
    let b = panel;
    for (let s = segments; s < segmentsEnd; s += 4) {
      const offset = <usize>load<i32>(s);
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const b2 = v128.load(b, 32);
      const b3 = v128.load(b, 48);
      const a0 = r0 + offset;
      c00 = madd(v128.load32_splat(a0), b0, c00);
      c00 = madd(v128.load32_splat(a0, 4), b1, c00);
      c00 = madd(v128.load32_splat(a0, 8), b2, c00);
      c00 = madd(v128.load32_splat(a0, 12), b3, c00);
      const a1 = r1 + offset;
      c10 = madd(v128.load32_splat(a1), b0, c10);
      c10 = madd(v128.load32_splat(a1, 4), b1, c10);
      c10 = madd(v128.load32_splat(a1, 8), b2, c10);
      c10 = madd(v128.load32_splat(a1, 12), b3, c10);
      const a2 = r2 + offset;
      c20 = madd(v128.load32_splat(a2), b0, c20);
      c20 = madd(v128.load32_splat(a2, 4), b1, c20);
      c20 = madd(v128.load32_splat(a2, 8), b2, c20);
      c20 = madd(v128.load32_splat(a2, 12), b3, c20);
      const a3 = r3 + offset;
      c30 = madd(v128.load32_splat(a3), b0, c30);
      c30 = madd(v128.load32_splat(a3, 4), b1, c30);
      c30 = madd(v128.load32_splat(a3, 8), b2, c30);
      c30 = madd(v128.load32_splat(a3, 12), b3, c30);
      const a4 = r4 + offset;
      c40 = madd(v128.load32_splat(a4), b0, c40);
      c40 = madd(v128.load32_splat(a4, 4), b1, c40);
      c40 = madd(v128.load32_splat(a4, 8), b2, c40);
      c40 = madd(v128.load32_splat(a4, 12), b3, c40);
      const a5 = r5 + offset;
      c50 = madd(v128.load32_splat(a5), b0, c50);
      c50 = madd(v128.load32_splat(a5, 4), b1, c50);
      c50 = madd(v128.load32_splat(a5, 8), b2, c50);
      c50 = madd(v128.load32_splat(a5, 12), b3, c50);
      const a6 = r6 + offset;
      c60 = madd(v128.load32_splat(a6), b0, c60);
      c60 = madd(v128.load32_splat(a6, 4), b1, c60);
      c60 = madd(v128.load32_splat(a6, 8), b2, c60);
      c60 = madd(v128.load32_splat(a6, 12), b3, c60);
      const a7 = r7 + offset;
      c70 = madd(v128.load32_splat(a7), b0, c70);
      c70 = madd(v128.load32_splat(a7, 4), b1, c70);
      c70 = madd(v128.load32_splat(a7, 8), b2, c70);
      c70 = madd(v128.load32_splat(a7, 12), b3, c70);
      b += 64;
    }
    const y0 = <usize>load<u32>(rows, 4) + column;
    const y1 = <usize>load<u32>(rows, 12) + column;
    const y2 = <usize>load<u32>(rows, 20) + column;
    const y3 = <usize>load<u32>(rows, 28) + column;
    const y4 = <usize>load<u32>(rows, 36) + column;
    const y5 = <usize>load<u32>(rows, 44) + column;
    const y6 = <usize>load<u32>(rows, 52) + column;
    const y7 = <usize>load<u32>(rows, 60) + column;
    if (!first) {
      c00 = f32x4.add(c00, whole ? v128.load(y0) : loadLanes(y0 + 0, columns - 0));
      c10 = f32x4.add(c10, whole ? v128.load(y1) : loadLanes(y1 + 0, columns - 0));
      c20 = f32x4.add(c20, whole ? v128.load(y2) : loadLanes(y2 + 0, columns - 0));
      c30 = f32x4.add(c30, whole ? v128.load(y3) : loadLanes(y3 + 0, columns - 0));
      c40 = f32x4.add(c40, whole ? v128.load(y4) : loadLanes(y4 + 0, columns - 0));
      c50 = f32x4.add(c50, whole ? v128.load(y5) : loadLanes(y5 + 0, columns - 0));
      c60 = f32x4.add(c60, whole ? v128.load(y6) : loadLanes(y6 + 0, columns - 0));
      c70 = f32x4.add(c70, whole ? v128.load(y7) : loadLanes(y7 + 0, columns - 0));
    }
    if (last) {
      if (residual) {
        c00 = f32x4.add(c00, whole ? v128.load(y0 + residual, 0) : loadLanes(y0 + residual + 0, columns - 0));
        c10 = f32x4.add(c10, whole ? v128.load(y1 + residual, 0) : loadLanes(y1 + residual + 0, columns - 0));
        c20 = f32x4.add(c20, whole ? v128.load(y2 + residual, 0) : loadLanes(y2 + residual + 0, columns - 0));
        c30 = f32x4.add(c30, whole ? v128.load(y3 + residual, 0) : loadLanes(y3 + residual + 0, columns - 0));
        c40 = f32x4.add(c40, whole ? v128.load(y4 + residual, 0) : loadLanes(y4 + residual + 0, columns - 0));
        c50 = f32x4.add(c50, whole ? v128.load(y5 + residual, 0) : loadLanes(y5 + residual + 0, columns - 0));
        c60 = f32x4.add(c60, whole ? v128.load(y6 + residual, 0) : loadLanes(y6 + residual + 0, columns - 0));
        c70 = f32x4.add(c70, whole ? v128.load(y7 + residual, 0) : loadLanes(y7 + residual + 0, columns - 0));
      }
      const l = f32x4.splat(lo);
      const h = f32x4.splat(hi);
      c00 = clamp(c00, l, h);
      c10 = clamp(c10, l, h);
      c20 = clamp(c20, l, h);
      c30 = clamp(c30, l, h);
      c40 = clamp(c40, l, h);
      c50 = clamp(c50, l, h);
      c60 = clamp(c60, l, h);
      c70 = clamp(c70, l, h);
    }
    if (whole) {
      v128.store(y0, c00, 0);
      v128.store(y1, c10, 0);
      v128.store(y2, c20, 0);
      v128.store(y3, c30, 0);
      v128.store(y4, c40, 0);
      v128.store(y5, c50, 0);
      v128.store(y6, c60, 0);
      v128.store(y7, c70, 0);
    } else {
      storeLanes(y0 + 0, c00, columns - 0);
      storeLanes(y1 + 0, c10, columns - 0);
      storeLanes(y2 + 0, c20, columns - 0);
      storeLanes(y3 + 0, c30, columns - 0);
      storeLanes(y4 + 0, c40, columns - 0);
      storeLanes(y5 + 0, c50, columns - 0);
      storeLanes(y6 + 0, c60, columns - 0);
      storeLanes(y7 + 0, c70, columns - 0);
    }
  }
}
