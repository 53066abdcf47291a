import { clamp, loadLanes, madd, storeLanes } from './simd';

/**
 * Multiplies rows by one packed panel of 8 columns, 6 rows at a time, in registers.
 *
 * A row is a list of segments of `length` consecutive floats: one for a 1x1 convolution, one for each filter row or tap
 * otherwise. `rows` holds two addresses for each row, where it starts and where its result goes; all rows share the
 * segments' byte offsets. The panel is `[segment][length][8]`.
 *
 * @param count rows, a multiple of 6 (callers repeat the last row: it is computed twice, to the same values)
 * @param column byte offset of the panel's first column in a result row
 * @param columns how many of the 8 columns exist
 * @param bias address of the first column's bias, or 0
 * @param sumSegments how many segments are summed up in registers; the sums are then added to what the result holds, which is more
 *   exact than one long sum
 * @param first whether these are a result's first segments: its sum starts at the bias, not at what the result holds
 * @param last whether these are its last: add the residual, clamp
 * @param residual what to add to a result's address to get its residual's; 0 for none
 */
export function tiles6x8(
  rows: usize,
  count: i32,
  panel: usize,
  segments: usize,
  segmentsEnd: usize,
  sumSegments: i32,
  length: i32,
  column: usize,
  columns: i32,
  bias: usize,
  first: bool,
  last: bool,
  residual: usize,
  lo: f32,
  hi: f32,
): void {
  const whole = columns === 8;
  const bytes = <usize>(length << 2);
  const sumBytes = <usize>(sumSegments << 2);
  const end = rows + ((<usize>count) << 3);
  for (; rows < end; rows += 48) {
    const r0 = <usize>load<u32>(rows, 0);
    const r1 = <usize>load<u32>(rows, 8);
    const r2 = <usize>load<u32>(rows, 16);
    const r3 = <usize>load<u32>(rows, 24);
    const r4 = <usize>load<u32>(rows, 32);
    const r5 = <usize>load<u32>(rows, 40);
    const y0 = <usize>load<u32>(rows, 4) + column;
    const y1 = <usize>load<u32>(rows, 12) + column;
    const y2 = <usize>load<u32>(rows, 20) + column;
    const y3 = <usize>load<u32>(rows, 28) + column;
    const y4 = <usize>load<u32>(rows, 36) + column;
    const y5 = <usize>load<u32>(rows, 44) + column;
    let b = panel;
    for (let begin = segments; begin < segmentsEnd; begin += sumBytes) {
      const stopSum = min(begin + sumBytes, segmentsEnd);
      const opens = first && begin === segments;
      const closes = last && stopSum === segmentsEnd;
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      if (opens && bias) {
        s0 = whole ? v128.load(bias, 0) : loadLanes(bias + 0, columns - 0);
        s1 = whole ? v128.load(bias, 16) : loadLanes(bias + 16, columns - 4);
      }
      let c00 = s0;
      let c01 = s1;
      let c10 = s0;
      let c11 = s1;
      let c20 = s0;
      let c21 = s1;
      let c30 = s0;
      let c31 = s1;
      let c40 = s0;
      let c41 = s1;
      let c50 = s0;
      let c51 = s1;
      for (let s = begin; s < stopSum; s += 4) {
        const offset = <usize>load<i32>(s);
        let a0 = r0 + offset;
        let a1 = r1 + offset;
        let a2 = r2 + offset;
        let a3 = r3 + offset;
        let a4 = r4 + offset;
        let a5 = r5 + offset;
        const stop = a0 + bytes;
        // Not unrolled by hand: fused multiply-adds already run as fast as the processor can (58 GFLOPS of 59 in Node 24).
        do {
          const b0 = v128.load(b, 0);
          const b1 = v128.load(b, 16);
          const x0 = v128.load32_splat(a0);
          c00 = madd(x0, b0, c00);
          c01 = madd(x0, b1, c01);
          const x1 = v128.load32_splat(a1);
          c10 = madd(x1, b0, c10);
          c11 = madd(x1, b1, c11);
          const x2 = v128.load32_splat(a2);
          c20 = madd(x2, b0, c20);
          c21 = madd(x2, b1, c21);
          const x3 = v128.load32_splat(a3);
          c30 = madd(x3, b0, c30);
          c31 = madd(x3, b1, c31);
          const x4 = v128.load32_splat(a4);
          c40 = madd(x4, b0, c40);
          c41 = madd(x4, b1, c41);
          const x5 = v128.load32_splat(a5);
          c50 = madd(x5, b0, c50);
          c51 = madd(x5, b1, c51);
          a0 += 4;
          a1 += 4;
          a2 += 4;
          a3 += 4;
          a4 += 4;
          a5 += 4;
          b += 32;
        } while (a0 < stop);
      }
      if (!opens) {
        c00 = f32x4.add(c00, whole ? v128.load(y0) : loadLanes(y0 + 0, columns - 0));
        c01 = f32x4.add(c01, whole ? v128.load(y0, 16) : loadLanes(y0 + 16, columns - 4));
        c10 = f32x4.add(c10, whole ? v128.load(y1) : loadLanes(y1 + 0, columns - 0));
        c11 = f32x4.add(c11, whole ? v128.load(y1, 16) : loadLanes(y1 + 16, columns - 4));
        c20 = f32x4.add(c20, whole ? v128.load(y2) : loadLanes(y2 + 0, columns - 0));
        c21 = f32x4.add(c21, whole ? v128.load(y2, 16) : loadLanes(y2 + 16, columns - 4));
        c30 = f32x4.add(c30, whole ? v128.load(y3) : loadLanes(y3 + 0, columns - 0));
        c31 = f32x4.add(c31, whole ? v128.load(y3, 16) : loadLanes(y3 + 16, columns - 4));
        c40 = f32x4.add(c40, whole ? v128.load(y4) : loadLanes(y4 + 0, columns - 0));
        c41 = f32x4.add(c41, whole ? v128.load(y4, 16) : loadLanes(y4 + 16, columns - 4));
        c50 = f32x4.add(c50, whole ? v128.load(y5) : loadLanes(y5 + 0, columns - 0));
        c51 = f32x4.add(c51, whole ? v128.load(y5, 16) : loadLanes(y5 + 16, columns - 4));
      }
      if (closes) {
        if (residual) {
          c00 = f32x4.add(c00, whole ? v128.load(y0 + residual, 0) : loadLanes(y0 + residual + 0, columns - 0));
          c01 = f32x4.add(c01, whole ? v128.load(y0 + residual, 16) : loadLanes(y0 + residual + 16, columns - 4));
          c10 = f32x4.add(c10, whole ? v128.load(y1 + residual, 0) : loadLanes(y1 + residual + 0, columns - 0));
          c11 = f32x4.add(c11, whole ? v128.load(y1 + residual, 16) : loadLanes(y1 + residual + 16, columns - 4));
          c20 = f32x4.add(c20, whole ? v128.load(y2 + residual, 0) : loadLanes(y2 + residual + 0, columns - 0));
          c21 = f32x4.add(c21, whole ? v128.load(y2 + residual, 16) : loadLanes(y2 + residual + 16, columns - 4));
          c30 = f32x4.add(c30, whole ? v128.load(y3 + residual, 0) : loadLanes(y3 + residual + 0, columns - 0));
          c31 = f32x4.add(c31, whole ? v128.load(y3 + residual, 16) : loadLanes(y3 + residual + 16, columns - 4));
          c40 = f32x4.add(c40, whole ? v128.load(y4 + residual, 0) : loadLanes(y4 + residual + 0, columns - 0));
          c41 = f32x4.add(c41, whole ? v128.load(y4 + residual, 16) : loadLanes(y4 + residual + 16, columns - 4));
          c50 = f32x4.add(c50, whole ? v128.load(y5 + residual, 0) : loadLanes(y5 + residual + 0, columns - 0));
          c51 = f32x4.add(c51, whole ? v128.load(y5 + residual, 16) : loadLanes(y5 + residual + 16, columns - 4));
        }
        const l = f32x4.splat(lo);
        const h = f32x4.splat(hi);
        c00 = clamp(c00, l, h);
        c01 = clamp(c01, l, h);
        c10 = clamp(c10, l, h);
        c11 = clamp(c11, l, h);
        c20 = clamp(c20, l, h);
        c21 = clamp(c21, l, h);
        c30 = clamp(c30, l, h);
        c31 = clamp(c31, l, h);
        c40 = clamp(c40, l, h);
        c41 = clamp(c41, l, h);
        c50 = clamp(c50, l, h);
        c51 = clamp(c51, l, h);
      }
      if (whole) {
        v128.store(y0, c00, 0);
        v128.store(y0, c01, 16);
        v128.store(y1, c10, 0);
        v128.store(y1, c11, 16);
        v128.store(y2, c20, 0);
        v128.store(y2, c21, 16);
        v128.store(y3, c30, 0);
        v128.store(y3, c31, 16);
        v128.store(y4, c40, 0);
        v128.store(y4, c41, 16);
        v128.store(y5, c50, 0);
        v128.store(y5, c51, 16);
      } else {
        storeLanes(y0 + 0, c00, columns - 0);
        storeLanes(y0 + 16, c01, columns - 4);
        storeLanes(y1 + 0, c10, columns - 0);
        storeLanes(y1 + 16, c11, columns - 4);
        storeLanes(y2 + 0, c20, columns - 0);
        storeLanes(y2 + 16, c21, columns - 4);
        storeLanes(y3 + 0, c30, columns - 0);
        storeLanes(y3 + 16, c31, columns - 4);
        storeLanes(y4 + 0, c40, columns - 0);
        storeLanes(y4 + 16, c41, columns - 4);
        storeLanes(y5 + 0, c50, columns - 0);
        storeLanes(y5 + 16, c51, columns - 4);
      }
    }
  }
}
