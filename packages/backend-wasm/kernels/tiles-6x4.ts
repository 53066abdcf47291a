import { clamp, loadLanes, madd, storeLanes } from './simd';

/**
 * `tiles4x8` for panels of 4 columns, 6 rows at a time: groups of up to four output channels. The panel is `[segment][length][4]`.
 *
 * @param count rows, a multiple of 6 (callers repeat the last row: it is computed twice, to the same values)
 * @param length 1 or more
 * @param column byte offset of the panel's first column in a result row
 * @param columns how many of the 4 columns exist
 * @param bias address of the first column's bias, or 0
 * @param sumSegments how many segments are summed up in registers; the sums are then added to what the result holds, which is more
 *   exact than one long sum
 * @param first whether these are a result's first segments: its sum starts at the bias, not at what the result holds
 * @param last whether these are its last: add the residual, clamp
 * @param residual what to add to a result's address to get its residual's; 0 for none
 */
export function tiles6x4(
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
  const whole = columns === 4;
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
      if (opens && bias) {
        s0 = whole ? v128.load(bias, 0) : loadLanes(bias + 0, columns - 0);
      }
      let c00 = s0;
      let c10 = s0;
      let c20 = s0;
      let c30 = s0;
      let c40 = s0;
      let c50 = s0;
      for (let s = begin; s < stopSum; s += 4) {
        const offset = <usize>load<i32>(s);
        let a0 = r0 + offset;
        let a1 = r1 + offset;
        let a2 = r2 + offset;
        let a3 = r3 + offset;
        let a4 = r4 + offset;
        let a5 = r5 + offset;
        const stop = a0 + bytes;
        const stop1 = stop - 4;
        const stop2 = stop - 8;
        const stop3 = stop - 12;
        for (;;) {
          const b00 = v128.load(b);
          const x00 = v128.load32_splat(a0);
          c00 = madd(x00, b00, c00);
          const x01 = v128.load32_splat(a1);
          c10 = madd(x01, b00, c10);
          const x02 = v128.load32_splat(a2);
          c20 = madd(x02, b00, c20);
          const x03 = v128.load32_splat(a3);
          c30 = madd(x03, b00, c30);
          const x04 = v128.load32_splat(a4);
          c40 = madd(x04, b00, c40);
          const x05 = v128.load32_splat(a5);
          c50 = madd(x05, b00, c50);
          if (a0 === stop1) {
            b += 16;
            break;
          }
          const b10 = v128.load(b, 16);
          const x10 = v128.load32_splat(a0, 4);
          c00 = madd(x10, b10, c00);
          const x11 = v128.load32_splat(a1, 4);
          c10 = madd(x11, b10, c10);
          const x12 = v128.load32_splat(a2, 4);
          c20 = madd(x12, b10, c20);
          const x13 = v128.load32_splat(a3, 4);
          c30 = madd(x13, b10, c30);
          const x14 = v128.load32_splat(a4, 4);
          c40 = madd(x14, b10, c40);
          const x15 = v128.load32_splat(a5, 4);
          c50 = madd(x15, b10, c50);
          if (a0 === stop2) {
            b += 32;
            break;
          }
          const b20 = v128.load(b, 32);
          const x20 = v128.load32_splat(a0, 8);
          c00 = madd(x20, b20, c00);
          const x21 = v128.load32_splat(a1, 8);
          c10 = madd(x21, b20, c10);
          const x22 = v128.load32_splat(a2, 8);
          c20 = madd(x22, b20, c20);
          const x23 = v128.load32_splat(a3, 8);
          c30 = madd(x23, b20, c30);
          const x24 = v128.load32_splat(a4, 8);
          c40 = madd(x24, b20, c40);
          const x25 = v128.load32_splat(a5, 8);
          c50 = madd(x25, b20, c50);
          if (a0 === stop3) {
            b += 48;
            break;
          }
          const b30 = v128.load(b, 48);
          const x30 = v128.load32_splat(a0, 12);
          c00 = madd(x30, b30, c00);
          const x31 = v128.load32_splat(a1, 12);
          c10 = madd(x31, b30, c10);
          const x32 = v128.load32_splat(a2, 12);
          c20 = madd(x32, b30, c20);
          const x33 = v128.load32_splat(a3, 12);
          c30 = madd(x33, b30, c30);
          const x34 = v128.load32_splat(a4, 12);
          c40 = madd(x34, b30, c40);
          const x35 = v128.load32_splat(a5, 12);
          c50 = madd(x35, b30, c50);
          a0 += 16;
          a1 += 16;
          a2 += 16;
          a3 += 16;
          a4 += 16;
          a5 += 16;
          b += 64;
          if (a0 === stop) break;
        }
      }
      if (!opens) {
        c00 = f32x4.add(c00, whole ? v128.load(y0, 0) : loadLanes(y0 + 0, columns - 0));
        c10 = f32x4.add(c10, whole ? v128.load(y1, 0) : loadLanes(y1 + 0, columns - 0));
        c20 = f32x4.add(c20, whole ? v128.load(y2, 0) : loadLanes(y2 + 0, columns - 0));
        c30 = f32x4.add(c30, whole ? v128.load(y3, 0) : loadLanes(y3 + 0, columns - 0));
        c40 = f32x4.add(c40, whole ? v128.load(y4, 0) : loadLanes(y4 + 0, columns - 0));
        c50 = f32x4.add(c50, whole ? v128.load(y5, 0) : loadLanes(y5 + 0, columns - 0));
      }
      if (closes) {
        if (residual) {
          c00 = f32x4.add(c00, whole ? v128.load(y0 + residual, 0) : loadLanes(y0 + residual + 0, columns - 0));
          c10 = f32x4.add(c10, whole ? v128.load(y1 + residual, 0) : loadLanes(y1 + residual + 0, columns - 0));
          c20 = f32x4.add(c20, whole ? v128.load(y2 + residual, 0) : loadLanes(y2 + residual + 0, columns - 0));
          c30 = f32x4.add(c30, whole ? v128.load(y3 + residual, 0) : loadLanes(y3 + residual + 0, columns - 0));
          c40 = f32x4.add(c40, whole ? v128.load(y4 + residual, 0) : loadLanes(y4 + residual + 0, columns - 0));
          c50 = f32x4.add(c50, whole ? v128.load(y5 + residual, 0) : loadLanes(y5 + residual + 0, columns - 0));
        }
        const l = f32x4.splat(lo);
        const h = f32x4.splat(hi);
        c00 = clamp(c00, l, h);
        c10 = clamp(c10, l, h);
        c20 = clamp(c20, l, h);
        c30 = clamp(c30, l, h);
        c40 = clamp(c40, l, h);
        c50 = clamp(c50, l, h);
      }
      if (whole) {
        v128.store(y0, c00, 0);
        v128.store(y1, c10, 0);
        v128.store(y2, c20, 0);
        v128.store(y3, c30, 0);
        v128.store(y4, c40, 0);
        v128.store(y5, c50, 0);
      } else {
        storeLanes(y0 + 0, c00, columns - 0);
        storeLanes(y1 + 0, c10, columns - 0);
        storeLanes(y2 + 0, c20, columns - 0);
        storeLanes(y3 + 0, c30, columns - 0);
        storeLanes(y4 + 0, c40, columns - 0);
        storeLanes(y5 + 0, c50, columns - 0);
      }
    }
  }
}
