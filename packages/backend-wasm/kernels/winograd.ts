import { panelTiles, wholeRows } from './panel';
import { clamp, loadLanes, storeLanes } from './simd';
import { transformTiles } from './winograd-input';
import { scaleMatrices, transformOutput, transformPanel } from './winograd-transforms';

/** Columns whose products are held at once: with twelve tiles 110 KiB of the second-level cache. */
const COLUMN_BLOCK: i32 = 64;
/** Longest sum of one pass: a panel's block of 512 x 8 floats stays in the first-level cache. */
const DEPTH_BLOCK: i32 = 512;
/** The same where panels are transformed here: 36 blocks, 288 KiB, stay in the second-level cache. */
const TRANSFORM_BLOCK: i32 = 256;
/** Keeps the 36 matrices from falling on the same cache sets where their size is a power of two. */
const SKEW: i32 = 16;

/** Bytes of a segment's offset, and of what output transforms hold between rows and columns. */
const SEGMENT: i32 = 16;
const TEMPORARY: i32 = 1024;

/** Bytes from one of 36 matrices to the next, of `count` floats. */
export function matrixStep(count: i32): i32 {
  return (count + SKEW) << 2;
}

/** Bytes of a 6x6 patch at an image's border. */
export function patchBytes(inC: i32): i32 {
  return 36 * inC * 4;
}

/** Bytes of scratch that {@link winograd} takes a thread. Threads' parts do not share cache lines. */
export function winogradScratchBytes(tilesPerChunk: i32, inC: i32, plain: i32): i32 {
  const rows = (tilesPerChunk + 8) << 3;
  const matrices = matrixStep(tilesPerChunk * inC) + matrixStep(tilesPerChunk * COLUMN_BLOCK);
  return SEGMENT + TEMPORARY + rows + patchBytes(inC) + 36 * (matrices + (plain ? matrixStep(TRANSFORM_BLOCK * 8) : 0)) + 64;
}

/** The first tile of a chunk: chunks differ by four tiles at most, and all but the last are multiples of four, as rows are. */
function chunkStart(chunk: i32, chunks: i32, tiles: i32): i32 {
  const fours = (tiles + 3) / 4;
  return 4 * (chunk * (fours / chunks) + min(chunk, fours % chunks));
}

/**
 * One chunk of a 3x3, stride 1 convolution by Winograd's F(4x4, 3x3): some tiles times some columns, from input
 * transform to finished results without leaving the second-level cache.
 *
 * A transformed filter is four times as large as the filter. To read one that does not fit in the caches takes longer than to read the
 * filter and transform it, and two threads wait for the same memory. So there are two ways: `packed` holds transformed panels
 * (`winogradFilter`), or plain ones (`packFilter`), of which each is transformed before its products.
 *
 * @param tilesPerChunk at most, for which there is scratch
 * @param scratch `scratchBytes` a thread: see {@link winogradScratchBytes}
 * @param plain whether the panels are plain
 * @param flag address of an integer that is set to 1 if a sum is not finite: Winograd's differences turn an infinity or
 *   NaN in one place into NaN all over its tile, so the caller must then compute the convolution another way
 */
export function winograd(
  chunk: i32,
  thread: i32,
  x: usize,
  y: usize,
  packed: usize,
  bias: usize,
  residual: usize,
  lo: f32,
  hi: f32,
  images: i32,
  height: i32,
  width: i32,
  inC: i32,
  outHeight: i32,
  outWidth: i32,
  outC: i32,
  top: i32,
  left: i32,
  tileChunks: i32,
  tilesPerChunk: i32,
  columnChunks: i32,
  columnsPerChunk: i32,
  scratch: usize,
  scratchBytes: i32,
  plain: i32,
  flag: usize,
): void {
  const tilesDown = (outHeight + 3) / 4;
  const tilesAcross = (outWidth + 3) / 4;
  const allTiles = images * tilesDown * tilesAcross;
  const tileChunk = chunk / columnChunks;
  const firstTile = chunkStart(tileChunk, tileChunks, allTiles);
  const tiles = min(chunkStart(tileChunk + 1, tileChunks, allTiles), allTiles) - firstTile;
  const padded = wholeRows(tiles, 8);
  const firstColumn = (chunk % columnChunks) * columnsPerChunk;
  const lastColumn = min(firstColumn + columnsPerChunk, outC);

  // This thread's scratch: segment offset, temporary, edge patch, row table, transformed tiles, products, a transformed panel.
  const segment = scratch + <usize>thread * <usize>scratchBytes;
  const temporary = segment + SEGMENT;
  const rows = temporary + TEMPORARY;
  const patch = rows + <usize>((tilesPerChunk + 8) << 3);
  const v = patch + <usize>patchBytes(inC);
  const vStep = <usize>matrixStep(tilesPerChunk * inC);
  const m = v + 36 * vStep;
  const mStep = <usize>matrixStep(tilesPerChunk * COLUMN_BLOCK);
  const u = m + 36 * mStep;
  const uStep = <usize>matrixStep(TRANSFORM_BLOCK * 8);

  transformTiles(x, firstTile, tiles, tilesDown, tilesAcross, height, width, inC, top, left, v, vStep, patch, temporary);
  if (plain) scaleMatrices(v, vStep, <usize>((tiles * inC) << 2));
  for (let t = 0; t < padded; t++) {
    const tile = min(t, tiles - 1);
    store<u32>(rows + <usize>(t << 3), <u32>(v + <usize>((tile * inC) << 2)));
    store<u32>(rows + <usize>(t << 3), <u32>(m + <usize>((tile * COLUMN_BLOCK) << 2)), 4);
  }

  const panels = (outC + 7) / 8;
  const tapBytes = <usize>(inC << 5);
  let finite = f32x4.splat(0);
  for (let block = firstColumn; block < lastColumn; block += COLUMN_BLOCK) {
    const blockEnd = min(block + COLUMN_BLOCK, lastColumn);
    const firstPanel = block / 8;
    const blockPanels = (blockEnd - block + 7) / 8;
    if (plain)
      for (let p = 0; p < blockPanels; p++)
        for (let depth = 0; depth < inC; depth += TRANSFORM_BLOCK) {
          const length = min(TRANSFORM_BLOCK, inC - depth);
          transformPanel(packed + <usize>(9 * (firstPanel + p)) * tapBytes + <usize>(depth << 5), tapBytes, length, u, uStep);
          for (let k: usize = 0; k < 36; k++)
            multiplyTiles(rows, padded, k * vStep, depth, length, u + k * uStep, k * mStep + <usize>(p << 5), segment);
        }
    else
      for (let k: usize = 0; k < 36; k++)
        for (let depth = 0; depth < inC; depth += DEPTH_BLOCK)
          for (let p = 0; p < blockPanels; p++) {
            const panel = packed + transformedPanel(firstPanel + p, panels, k) * tapBytes + <usize>(depth << 5);
            multiplyTiles(rows, padded, k * vStep, depth, min(DEPTH_BLOCK, inC - depth), panel, k * mStep + <usize>(p << 5), segment);
          }
    for (let t = 0; t < tiles; t++) {
      const tile = firstTile + t;
      const line = tile / tilesAcross;
      const image = line / tilesDown;
      const row = (line - image * tilesDown) * 4;
      const column = (tile - line * tilesAcross) * 4;
      const down = min(4, outHeight - row);
      const across = min(4, outWidth - column);
      for (let o = block; o < blockEnd; o += 4) {
        const count = min(4, blockEnd - o);
        transformOutput(m + <usize>((t * COLUMN_BLOCK + o - block) << 2), mStep, temporary);
        const b = bias ? loadLanes(bias + <usize>(o << 2), count) : f32x4.splat(0);
        for (let i = 0; i < down; i++) {
          let to = y + ((<usize>(((image * outHeight + row + i) * outWidth + column) * outC + o)) << 2);
          for (let j = 0; j < across; j++, to += <usize>(outC << 2)) {
            let sum = f32x4.add(v128.load(temporary + <usize>((i << 6) + (j << 4))), b);
            finite = f32x4.add(finite, f32x4.sub(sum, sum));
            if (residual) sum = f32x4.add(sum, loadLanes(to + residual, count));
            storeLanes(to, clamp(sum, f32x4.splat(lo), f32x4.splat(hi)), count);
          }
        }
      }
    }
  }
  if (v128.any_true(f32x4.ne(finite, finite))) store<i32>(flag, 1);
}

/** The place of a panel's part of a matrix among all, `[panels / 8][36][8]`: see `winogradFilter`. */
function transformedPanel(panel: i32, panels: i32, matrix: usize): usize {
  const group = panel & ~7;
  return <usize>(36 * group) + matrix * <usize>min(8, panels - group) + <usize>(panel - group);
}

/** Adds to the products of the matrix at `matrix` those of `length` channels from `depth` on with a panel. */
function multiplyTiles(rows: usize, count: i32, matrix: usize, depth: i32, length: i32, panel: usize, column: usize, segment: usize): void {
  store<i32>(segment, <i32>matrix + (depth << 2));
  panelTiles(8, rows, count, panel, segment, segment + 4, 1, length, column, 8, 0, depth === 0, false, 0, 0, 0);
}
