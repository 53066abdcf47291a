import { Finish, finish8, MORE_SUMS, SUMS } from './finish';
import { packed4x8 } from './tiles.generated';
import { transformPatch, transformQuantizedPanel, transformSums } from './winograd-transforms';

const MATRICES: usize = 36;
/** Keeps the matrices from falling on the same cache sets where their size is a power of two. */
const SKEW: i32 = 64;
/** Steps of sums of one pass: a panel's 36 matrices of them, 288 KiB, stay in the second-level cache. */
const STEPS: i32 = 256;
/** Between rows and columns of transforms. */
const TEMPORARY: i32 = 1024;

function inFours(count: i32): i32 {
  return (count + 3) & ~3;
}

function matrixBytes(tiles: i32, inC: i32): i32 {
  return inFours(tiles) * ((inC + 7) & ~7) * 2 + SKEW;
}

function sumsBytes(tiles: i32): i32 {
  return inFours(tiles) * 32 + SKEW;
}

function panelBytes(steps: i32): i32 {
  return (min(steps, STEPS) << 5) + SKEW;
}

function patchBytes(inC: i32): i32 {
  return (36 * inC + 63) & ~63;
}

/** Bytes of scratch that {@link quantizedWinograd} takes a thread. Threads' parts do not share cache lines. */
export function quantizedWinogradScratchBytes(tilesPerChunk: i32, inC: i32): i32 {
  const matrices = matrixBytes(tilesPerChunk, inC) + sumsBytes(tilesPerChunk) + panelBytes((inC + 1) >> 1);
  return (2 * TEMPORARY + patchBytes(inC) + (inFours(tilesPerChunk) << 3) + <i32>MATRICES * matrices + 63) & ~63;
}

/**
 * One chunk of a 3x3, stride 1 convolution of 8-bit numbers by Winograd's algorithm in integers, exact: some tiles of 4x4 results times some
 * panels. Filters are transformed as they are used: transformed ones have eight times as many bytes.
 *
 * @param chunk `tileChunk * panelChunks + panelChunk`
 * @param weights panels of eight columns, `[panel][tap][step][column][2]`: as `quantizedConvolve` reads them, a tap a segment
 * @param raw how sums of products are finished: as they are; and @param more: added to those that are there
 */
export function quantizedWinograd(
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
  images: i32,
  height: i32,
  width: i32,
  inC: i32,
  outHeight: i32,
  outWidth: i32,
  outC: i32,
  yNumber: i32,
  top: i32,
  left: i32,
  tilesPerChunk: i32,
  panelChunks: i32,
  panelsPerChunk: i32,
  scratch: usize,
  scratchBytes: i32,
): void {
  const tilesDown = (outHeight + 3) / 4;
  const tilesAcross = (outWidth + 3) / 4;
  const firstTile = (chunk / panelChunks) * tilesPerChunk;
  const tiles = min(tilesPerChunk, images * tilesDown * tilesAcross - firstTile);
  const padded = inFours(tiles);
  const steps = (inC + 1) >> 1;

  const temporary = scratch + <usize>thread * <usize>scratchBytes;
  const kinds = temporary + TEMPORARY;
  const patch = kinds + TEMPORARY;
  const rows = patch + <usize>patchBytes(inC);
  const v = rows + ((<usize>inFours(tilesPerChunk)) << 3);
  const vStep = <usize>matrixBytes(tilesPerChunk, inC);
  const m = v + MATRICES * vStep;
  const mStep = <usize>sumsBytes(tilesPerChunk);
  const u = m + MATRICES * mStep;
  const uStep = <usize>panelBytes(steps);
  store<i32>(kinds, SUMS);
  store<i32>(kinds, MORE_SUMS, 4);

  for (let t = 0; t < tiles; t++) {
    const tile = firstTile + t;
    const line = tile / tilesAcross;
    const image = line / tilesDown;
    const row = (line - image * tilesDown) * 4 - top;
    const column = (tile - line * tilesAcross) * 4 - left;
    const first = x + <usize>(image * height * width * inC);
    let from = first + <usize>((row * width + column) * inC);
    let rowBytes = <usize>(width * inC);
    if (row < 0 || column < 0 || row + 6 > height || column + 6 > width) {
      copyPatch(patch, first, row, column, height, width, inC);
      from = patch;
      rowBytes = <usize>(6 * inC);
    }
    // Fours of tiles, [step][tile]: see `packRows`.
    const to = v + <usize>((t >> 2) * steps * 16 + ((t & 3) << 2));
    for (let c = 0; c < inC; c += 8) {
      if (signed) transformPatch<i8>(from + <usize>c, rowBytes, <usize>inC, temporary);
      else transformPatch<u8>(from + <usize>c, rowBytes, <usize>inC, temporary);
      let at = to + <usize>(c << 3);
      if (inC - c >= 8)
        for (let k: usize = 0; k < MATRICES; k++, at += vStep) {
          const values = v128.load(temporary + (k << 4));
          v128.store_lane<i32>(at, values, 0);
          v128.store_lane<i32>(at, values, 1, 16);
          v128.store_lane<i32>(at, values, 2, 32);
          v128.store_lane<i32>(at, values, 3, 48);
        }
      // the next four tiles begin where these end
      else
        for (let k: usize = 0; k < MATRICES; k++, at += vStep)
          for (let s = 0; s < (inC - c + 1) >> 1; s++) store<i32>(at + <usize>(s << 4), load<i32>(temporary + (k << 4) + <usize>(s << 2)));
    }
  }
  for (let t = 0; t < padded; t++) store<u32>(rows + <usize>(t << 3), <u32>(m + <usize>(t << 5)), 4);

  const tapBytes = <usize>(steps << 4);
  const first = (chunk % panelChunks) * panelsPerChunk;
  const last = min(first + panelsPerChunk, (outC + 7) / 8);
  const beside = residual ? residual - y : 0;
  for (let p = first; p < last; p++) {
    for (let begin = 0; begin < steps; begin += STEPS) {
      const count = min(STEPS, steps - begin);
      transformQuantizedPanel(weights + <usize>p * 9 * tapBytes + <usize>(begin << 4), tapBytes, count, u, uStep);
      for (let k: usize = 0; k < MATRICES; k++)
        multiply(rows, padded, v + k * vStep, steps, begin, count, u + k * uStep, k * mStep, begin ? kinds + 4 : kinds);
    }
    const columns = min(8, outC - (p << 3));
    const ofColumn = <usize>(p << 5);
    const b0 = v128.load(bias + ofColumn);
    const b1 = v128.load(bias + ofColumn, 16);
    for (let t = 0; t < tiles; t++) {
      const tile = firstTile + t;
      const line = tile / tilesAcross;
      const image = line / tilesDown;
      const row = (line - image * tilesDown) * 4;
      const column = (tile - line * tilesAcross) * 4;
      const down = min(4, outHeight - row);
      const across = min(4, outWidth - column);
      transformSums(m + <usize>(t << 5), mStep, temporary);
      transformSums(m + <usize>(t << 5) + 16, mStep, kinds + 64);
      for (let i = 0; i < down; i++) {
        const to = y + <usize>((((image * outHeight + row + i) * outWidth + column) * outC + (p << 3)) * yNumber);
        const low = temporary + <usize>(i << 6);
        const high = low + TEMPORARY + 64;
        const step = <usize>(outC * yNumber);
        if (across === 4)
          Finish.finish4x8(
            to,
            to + step,
            to + 2 * step,
            to + 3 * step,
            i32x4.add(v128.load(low), b0),
            i32x4.add(v128.load(high), b1),
            i32x4.add(v128.load(low, 16), b0),
            i32x4.add(v128.load(high, 16), b1),
            i32x4.add(v128.load(low, 32), b0),
            i32x4.add(v128.load(high, 32), b1),
            i32x4.add(v128.load(low, 48), b0),
            i32x4.add(v128.load(high, 48), b1),
            columns,
            multipliers + ofColumn,
            finishing,
            beside,
          );
        else
          for (let j = 0; j < across; j++) {
            const at = <usize>(j << 4);
            const a = i32x4.add(v128.load(low + at), b0);
            const b = i32x4.add(v128.load(high + at), b1);
            finish8(to + <usize>j * step, a, b, columns, multipliers + ofColumn, finishing, beside);
          }
      }
    }
  }
}

/** Products of `count` steps from `begin` on of packed rows with a panel. Fours of rows are `steps` long, of which a part is not all. */
function multiply(
  rows: usize,
  padded: i32,
  packed: usize,
  steps: i32,
  begin: i32,
  count: i32,
  panel: usize,
  column: usize,
  finishing: usize,
): void {
  if (count === steps) {
    packed4x8(rows, padded, packed, count, panel, column, 8, 0, 0, finishing, 0);
    return;
  }
  for (let r = 0; r < padded; r += 4)
    packed4x8(
      rows + <usize>(r << 3),
      4,
      packed + <usize>((r >> 2) * steps * 16 + (begin << 4)),
      count,
      panel,
      column,
      8,
      0,
      0,
      finishing,
      0,
    );
}

/** Copies the 6x6 pixels from (row, column) on, zeros where they lie outside the image. */
function copyPatch(to: usize, image: usize, row: i32, column: i32, height: i32, width: i32, channels: i32): void {
  const bytes = <usize>channels;
  for (let i = row; i < row + 6; i++)
    for (let j = column; j < column + 6; j++, to += bytes) {
      // Not memory.copy and memory.fill: calls that take longer than so few bytes.
      if (i < 0 || i >= height || j < 0 || j >= width) for (let b: usize = 0; b < bytes; b += 8) store<i64>(to + min(b, bytes - 8), 0);
      else {
        const from = image + <usize>(i * width + j) * bytes;
        for (let b: usize = 0; b < bytes; b += 8) store<i64>(to + min(b, bytes - 8), load<i64>(from + min(b, bytes - 8)));
      }
    }
}
