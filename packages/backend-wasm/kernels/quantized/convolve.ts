import { fillRows } from '../rows';
import { packedRowsBytes, packRows, ROWS, widenPanel } from './pack-rows';
import { packed4x8 } from './tiles.generated';

/** Bytes of scratch that {@link quantizedConvolve} takes a thread. Threads' parts do not share cache lines. */
export function quantizedConvolveScratchBytes(rowsPerChunk: i32, steps: i32): i32 {
  const rows = wholeRows(rowsPerChunk);
  return ((rows << 3) + packedRowsBytes(rows, steps) + (steps << 5) + 63) & ~63;
}

function wholeRows(count: i32): i32 {
  return ((count + ROWS - 1) / ROWS) * ROWS;
}

/**
 * One chunk of a convolution of 8-bit numbers: a range of result pixels times a range of column panels, exact in int32.
 *
 * Pixels, steps and segments are as `convolve` has them; `x` already holds the padding. The chunk's rows are widened to 16 bits and packed
 * once, each panel once a chunk: both cost a few hundredths of the products, and what is held in memory has 8 bits.
 *
 * @param chunk `rowChunk * panelChunks + panelChunk`
 * @param weights panels of eight columns, `[panel][step][column][2]`
 * @param bias and @param multipliers of whole panels
 * @param finishing how results are finished, see `finish.ts`
 * @param residual address of the residual, or 0
 * @param yPixel bytes of a number of a result: 1 or 4
 * @param length bytes of a segment
 * @param steps of a whole sum
 */
export function quantizedConvolve(
  chunk: i32,
  thread: i32,
  x: usize,
  y: usize,
  weights: usize,
  bias: usize,
  multipliers: usize,
  finishing: usize,
  residual: usize,
  signed: bool,
  pixels: i32,
  height: i32,
  width: i32,
  xImage: i32,
  xRow: i32,
  xColumn: i32,
  yImage: i32,
  yRow: i32,
  yColumn: i32,
  yNumber: i32,
  segments: usize,
  segmentCount: i32,
  length: i32,
  steps: i32,
  outC: i32,
  rowsPerChunk: i32,
  panelChunks: i32,
  panelsPerChunk: i32,
  scratch: usize,
  scratchBytes: i32,
): void {
  const begin = (chunk / panelChunks) * rowsPerChunk;
  const count = min(rowsPerChunk, pixels - begin);
  const padded = wholeRows(count);
  const rows = scratch + <usize>thread * <usize>scratchBytes;
  const packed = rows + ((<usize>wholeRows(rowsPerChunk)) << 3);
  const panel = packed + <usize>packedRowsBytes(wholeRows(rowsPerChunk), steps);
  fillRows(rows, begin, count, padded, x, y, height, width, xImage, xRow, xColumn, yImage, yRow, yColumn);
  packRows(rows, padded, segments, segments + ((<usize>segmentCount) << 2), length, signed, packed);

  const first = (chunk % panelChunks) * panelsPerChunk;
  const last = min(first + panelsPerChunk, (outC + 7) / 8);
  for (let p = first; p < last; p++) {
    widenPanel(weights + <usize>((p * steps) << 4), steps << 4, panel);
    const column = p << 3;
    const ofColumn = <usize>(column << 2);
    packed4x8(
      rows,
      padded,
      packed,
      steps,
      panel,
      <usize>(column * yNumber),
      min(8, outC - column),
      bias + ofColumn,
      multipliers + ofColumn,
      finishing,
      residual ? residual - y : 0,
    );
  }
}
