import { panelTiles, wholeRows } from './panel';
import { fillRows } from './rows';
import { tiles1x16 } from './tiles-1x16';
import { touch } from './touch';

/** Rows more than a chunk's that whole tiles may take. */
const SPARE_ROWS: i32 = 8;

/** Bytes of the table of rows that {@link convolve} takes a thread. */
export function convolveRowTableBytes(rowsPerChunk: i32): i32 {
  return (rowsPerChunk + SPARE_ROWS) << 3;
}

/**
 * One chunk of an implicit matrix multiplication: a range of result pixels times a range of column panels.
 *
 * A result pixel (n, i, j) starts in `x` at `n*xImage + i*xRow + j*xColumn` and goes to `y` at
 * `n*yImage + i*yRow + j*yColumn` (all in bytes), so strides, and the phases of a strided convolution's gradient, are
 * numbers here. `x` already holds the padding. No im2col buffer is made: what a pixel reads is the list of
 * `segments`, byte offsets of `length` floats each; every group has its own list.
 *
 * A result's whole sum is computed at once, `sumSegments` at a time. Panels then come from the second-level cache for every few rows,
 * which costs less than to come back to the results after each part of the sum.
 *
 * @param chunk `rowChunk * panelChunks + panelChunk`
 * @param rowTable scratch of {@link convolveRowTableBytes} a thread
 */
export function convolve(
  chunk: i32,
  thread: i32,
  x: usize,
  y: usize,
  packed: usize,
  bias: usize,
  residual: usize,
  lo: f32,
  hi: f32,
  pixels: i32,
  height: i32,
  width: i32,
  xImage: i32,
  xRow: i32,
  xColumn: i32,
  yImage: i32,
  yRow: i32,
  yColumn: i32,
  segments: usize,
  segmentCount: i32,
  sumSegments: i32,
  length: i32,
  groups: i32,
  groupOut: i32,
  panelWidth: i32,
  rowsPerChunk: i32,
  panelChunks: i32,
  panelsPerChunk: i32,
  rowTable: usize,
): void {
  const begin = (chunk / panelChunks) * rowsPerChunk;
  const count = min(rowsPerChunk, pixels - begin);
  const rows = rowTable + <usize>(thread * convolveRowTableBytes(rowsPerChunk));
  const padded = wholeRows(count, panelWidth);
  // One row more than whole tiles is not worth a tile.
  const alone = groups === 1 && panelWidth === 8 && wholeRows(count - 1, panelWidth) === count - 1;
  const tiled = alone ? count - 1 : padded;
  fillRows(rows, begin, count, padded, x, y, height, width, xImage, xRow, xColumn, yImage, yRow, yColumn);

  const lastRow = rows + <usize>((count - 1) << 3);
  const panelBytes = <usize>(segmentCount * length * panelWidth * 4);
  const lastSegment = <usize>load<i32>(segments + <usize>((groups * segmentCount - 1) << 2));
  touch(<usize>load<u32>(rows) + <usize>load<i32>(segments), <usize>load<u32>(lastRow) + lastSegment + <usize>(length << 2));
  if (panelChunks === 1) {
    const result = <usize>load<u32>(rows, 4);
    const resultEnd = <usize>load<u32>(lastRow, 4) + <usize>((groups * groupOut) << 2);
    touch(result, resultEnd);
    if (residual) touch(result + residual, resultEnd + residual);
  }

  const panelsPerGroup = (groupOut + panelWidth - 1) / panelWidth;
  const firstPanel = (chunk % panelChunks) * panelsPerChunk;
  const lastPanel = min(firstPanel + panelsPerChunk, groups * panelsPerGroup);
  for (let p = firstPanel; p < lastPanel; p++) {
    const group = p / panelsPerGroup;
    const inGroup = (p - group * panelsPerGroup) * panelWidth;
    const column = group * groupOut + inGroup;
    const ownSegments = segments + <usize>((group * segmentCount) << 2);
    const segmentsEnd = ownSegments + <usize>(segmentCount << 2);
    const panel = packed + <usize>p * panelBytes;
    const columns = groupOut - inGroup;
    const columnBytes = <usize>(column << 2);
    panelTiles(
      panelWidth,
      rows,
      tiled,
      panel,
      ownSegments,
      segmentsEnd,
      sumSegments,
      length,
      columnBytes,
      min(panelWidth, columns),
      bias ? bias + columnBytes : 0,
      true,
      true,
      residual,
      lo,
      hi,
    );
    // This panel and the one before it, or after it the end.
    const second = (p - firstPanel) & 1;
    if (alone && (second || p + 1 === lastPanel)) {
      const before = <usize>second * 32;
      tiles1x16(
        lastRow,
        panel - <usize>second * panelBytes,
        panelBytes,
        ownSegments,
        segmentsEnd,
        sumSegments,
        length,
        columnBytes - before,
        min(8, columns) + second * 8,
        bias ? bias + columnBytes - before : 0,
        residual,
        lo,
        hi,
      );
    }
  }
}
