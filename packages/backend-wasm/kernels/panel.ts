import { FMA } from './simd';
import { tiles4x8 } from './tiles-4x8';
import { tiles6x4 } from './tiles-6x4';
import { tiles6x8 } from './tiles-6x8';

/** Rows that one pass of {@link panelTiles} computes: row lists are padded to a multiple of it. */
const ROWS_8: i32 = FMA ? 6 : 4;
const ROWS_4: i32 = 6;

/**
 * Rows times one packed panel of 8 or 4 columns, see the tiles.
 *
 * Without fused multiply-add 4x8 is best: V8 loads first, then multiplies, and eight sums, two vectors of columns, four of rows and a
 * product are its 15 vector registers; 6x8 spills. With it 6x8 fits and reaches the machine's limit. Four columns serve groups of up to
 * four channels; 6x4 fits, 8x4 spills.
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
  else if (FMA)
    tiles6x8(rows, count, panel, segments, segmentsEnd, sumSegments, length, column, columns, bias, first, last, residual, lo, hi);
  else tiles4x8(rows, count, panel, segments, segmentsEnd, sumSegments, length, column, columns, bias, first, last, residual, lo, hi);
}

/** `count` rounded up to whole passes. */
export function wholeRows(count: i32, width: i32): i32 {
  const step = width === 4 ? ROWS_4 : ROWS_8;
  return ((count + step - 1) / step) * step;
}
