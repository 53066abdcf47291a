import { fillRows } from '../rows';
import { widenPanel } from './pack-rows';
import { listed4x8, listed6x4 } from './tiles.generated';

/** A multiple of the rows of both tiles. */
const TILES_ROWS: i32 = 12;

/** Bytes of scratch that {@link quantizedConvolveGroups} takes a thread. Threads' parts do not share cache lines. */
export function quantizedConvolveGroupsScratchBytes(rowsPerChunk: i32, steps: i32): i32 {
  return (((rowsPerChunk + TILES_ROWS) << 3) + (steps << 5) + 63) & ~63;
}

/**
 * One chunk of a grouped convolution of 8-bit numbers, as `quantizedConvolve`. A group has so few channels that to pack its rows would take
 * as long as a good part of the products: `x` is of 16 bits here, with the padding, and rows are read where they are.
 *
 * @param weights panels `[group][panel][step][column][2]` of `panelWidth` columns, 4 or 8
 * @param segments byte offsets of a group's runs of `length` steps, group by group
 */
export function quantizedConvolveGroups(
  chunk: i32,
  thread: i32,
  x: usize,
  y: usize,
  weights: usize,
  bias: usize,
  multipliers: usize,
  finishing: usize,
  residual: usize,
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
  groups: i32,
  groupOut: i32,
  panelWidth: i32,
  rowsPerChunk: i32,
  panelChunks: i32,
  panelsPerChunk: i32,
  scratch: usize,
  scratchBytes: i32,
): void {
  const begin = (chunk / panelChunks) * rowsPerChunk;
  const count = min(rowsPerChunk, pixels - begin);
  const tileRows = panelWidth === 4 ? 6 : 4;
  const padded = ((count + tileRows - 1) / tileRows) * tileRows;
  const rows = scratch + <usize>thread * <usize>scratchBytes;
  const panel = rows + ((<usize>(rowsPerChunk + TILES_ROWS)) << 3);
  fillRows(rows, begin, count, padded, x, y, height, width, xImage, xRow, xColumn, yImage, yRow, yColumn);

  const steps = segmentCount * length;
  const panelBytes = steps * panelWidth * 2;
  const panelsPerGroup = (groupOut + panelWidth - 1) / panelWidth;
  const first = (chunk % panelChunks) * panelsPerChunk;
  const last = min(first + panelsPerChunk, groups * panelsPerGroup);
  const beside = residual ? residual - y : 0;
  for (let p = first; p < last; p++) {
    widenPanel(weights + <usize>(p * panelBytes), panelBytes, panel);
    const group = p / panelsPerGroup;
    const inGroup = (p - group * panelsPerGroup) * panelWidth;
    const column = <usize>((group * groupOut + inGroup) * yNumber);
    const columns = min(panelWidth, groupOut - inGroup);
    const ofColumn = <usize>((p * panelWidth) << 2);
    const own = segments + ((<usize>(group * segmentCount)) << 2);
    const ownEnd = own + ((<usize>segmentCount) << 2);
    if (panelWidth === 4)
      listed6x4(rows, padded, own, ownEnd, length, panel, column, columns, bias + ofColumn, multipliers + ofColumn, finishing, beside);
    else listed4x8(rows, padded, own, ownEnd, length, panel, column, columns, bias + ofColumn, multipliers + ofColumn, finishing, beside);
  }
}
