import { FMA } from './simd';
import { tiles4x8, tiles6x4, tiles6x8 } from './tiles.generated';

/** Rows of the tiles: four without fused multiply-add, or where they are left over; six with it, and of four columns. */
const FEW: i32 = 4;
const MANY: i32 = 6;

/**
 * Rows times one packed panel of 8 or 4 columns, see the tiles.
 *
 * Without fused multiply-add 4x8 is best: V8 loads first, then multiplies, and eight sums, two vectors of columns, four of rows and a
 * product are its 15 vector registers; 6x8 spills. With it 6x8 fits and reaches the machine's limit; up to four rows that are left over
 * are 4x8: Winograd's algorithm makes four rows of 7x7 results, and such a layer takes 15 % less. Four columns serve groups of up to four
 * channels; 6x4 fits, 8x4 spills.
 */
export function panelTiles(
  width: i32,
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
  if (width === 4)
    tiles6x4(rows, count, panel, segments, segmentsEnd, sumSegments, length, column, columns, bias, first, last, residual, lo, hi);
  else {
    const sixes = FMA ? count - (count % MANY) : 0;
    if (sixes > 0)
      tiles6x8(rows, sixes, panel, segments, segmentsEnd, sumSegments, length, column, columns, bias, first, last, residual, lo, hi);
    if (count > sixes)
      tiles4x8(
        rows + <usize>(sixes << 3),
        count - sixes,
        panel,
        segments,
        segmentsEnd,
        sumSegments,
        length,
        column,
        columns,
        bias,
        first,
        last,
        residual,
        lo,
        hi,
      );
  }
}

/** `count` rounded up to whole tiles. */
export function wholeRows(count: i32, width: i32): i32 {
  if (width === 8 && !FMA) return upTo(count, FEW);
  const left = count % MANY;
  return width === 8 && left > 0 && left <= FEW ? count - left + FEW : upTo(count, MANY);
}

function upTo(count: i32, step: i32): i32 {
  return ((count + step - 1) / step) * step;
}
