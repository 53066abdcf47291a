import { filterTile } from './tiles.generated';
import { matrixStep, patchBytes } from './winograd';
import { transformTiles } from './winograd-input';
import { transformFilterGradient, transformGradient } from './winograd-transforms';

/** Bytes of a block's one line, and of what transforms hold between rows and columns. */
const LINE: i32 = 16;
const TEMPORARY: i32 = 576;
/** A 4x4 patch of eight channels of gradients, where few channels of the input make its own patch smaller. */
const GRADIENT_PATCH: i32 = 512;
/** A thread's scratch for the sum: 2 KiB. */
const SUM_SHIFT: i32 = 11;

/** Bytes of scratch that {@link winogradFilterGradient}, and {@link winogradFilterSum} after it, take a thread. */
export function winogradFilterGradientScratchBytes(tilesPerBlock: i32, inC: i32): i32 {
  const patch = max(patchBytes(inC), GRADIENT_PATCH);
  return max(LINE + TEMPORARY + patch + 36 * (matrixStep(tilesPerBlock * inC) + matrixStep(tilesPerBlock << 3)) + 64, 1 << SUM_SHIFT);
}

/**
 * One chunk of the gradient of a 3x3, stride 1 filter by Winograd's algorithm: 36 products of matrices, `[channel][tile]` of the
 * input by `[tile][channel]` of the result's gradient, both transformed, with a quarter of the multiplications.
 *
 * Tiles are taken in blocks whose transformed input fits in the second-level cache; the gradient is transformed for a panel of eight
 * channels at a time. Sums stay in registers over a block, then go to `sums`, `[split][o/8][36][c/4][4][8]`.
 *
 * @param chunk `split * panelChunks + panelChunk`; splits sum different blocks, and how many there are depends on the
 *   shapes alone, so that results are the same on any number of threads
 * @param inC a multiple of 4, and @param outC of 8
 * @param scratch `scratchBytes` a thread for the block
 */
export function winogradFilterGradient(
  chunk: i32,
  thread: i32,
  x: usize,
  dy: usize,
  sums: usize,
  images: i32,
  height: i32,
  width: i32,
  inC: i32,
  outHeight: i32,
  outWidth: i32,
  outC: i32,
  top: i32,
  left: i32,
  tilesPerBlock: i32,
  blocksPerSplit: i32,
  panelChunks: i32,
  panelsPerChunk: i32,
  scratch: usize,
  scratchBytes: i32,
): void {
  const tilesDown = (outHeight + 3) / 4;
  const tilesAcross = (outWidth + 3) / 4;
  const tiles = images * tilesDown * tilesAcross;
  const panels = outC >> 3;
  const inPanels = inC >> 2;
  const split = chunk / panelChunks;
  const firstPanel = (chunk - split * panelChunks) * panelsPerChunk;
  const lastPanel = min(firstPanel + panelsPerChunk, panels);
  const panelBytes = <usize>(36 * inPanels * 128);
  const target = sums + <usize>(split * panels) * panelBytes;
  memory.fill(target + <usize>firstPanel * panelBytes, 0, <usize>(lastPanel - firstPanel) * panelBytes);

  // This thread's scratch: the one line of a block, temporaries, a patch, transformed tiles, a panel's transformed gradients.
  const line = scratch + <usize>thread * <usize>scratchBytes;
  store<u32>(line, 0);
  const temporary = line + LINE;
  const patch = temporary + TEMPORARY;
  const v = patch + <usize>max(patchBytes(inC), GRADIENT_PATCH);
  const vStep = <usize>matrixStep(tilesPerBlock * inC);
  const u = v + 36 * vStep;
  const uStep = <usize>matrixStep(tilesPerBlock << 3);
  const inStep = <usize>(inC << 2);

  const first = split * blocksPerSplit * tilesPerBlock;
  const end = min(first + blocksPerSplit * tilesPerBlock, tiles);
  for (let block = first; block < end; block += tilesPerBlock) {
    const count = min(tilesPerBlock, end - block);
    transformTiles(x, block, count, tilesDown, tilesAcross, height, width, inC, top, left, v, vStep, patch, temporary);
    for (let p = firstPanel; p < lastPanel; p++) {
      for (let t = 0; t < count; t++)
        transformPanel(
          dy,
          block + t,
          tilesDown,
          tilesAcross,
          outHeight,
          outWidth,
          outC,
          p << 3,
          u + <usize>(t << 5),
          uStep,
          patch,
          temporary,
        );
      let to = target + <usize>p * panelBytes;
      for (let k: usize = 0; k < 36; k++)
        for (let c = 0; c < inPanels; c++, to += 128)
          filterTile(v + k * vStep + <usize>(c << 4), u + k * uStep, line, line + 4, <usize>(count << 5), inStep, to);
    }
  }
}

/** Transforms eight channels of a 4x4 tile of gradients, zeros beyond the image. */
function transformPanel(
  dy: usize,
  tile: i32,
  tilesDown: i32,
  tilesAcross: i32,
  outHeight: i32,
  outWidth: i32,
  outC: i32,
  channel: i32,
  to: usize,
  step: usize,
  patch: usize,
  temporary: usize,
): void {
  const tileLine = tile / tilesAcross;
  const image = tileLine / tilesDown;
  const row = (tileLine - image * tilesDown) * 4;
  const column = (tile - tileLine * tilesAcross) * 4;
  const pixelBytes = <usize>(outC << 2);
  let from = dy + <usize>((image * outHeight + row) * outWidth + column) * pixelBytes + <usize>(channel << 2);
  let rowBytes = <usize>outWidth * pixelBytes;
  let columnBytes = pixelBytes;
  if (row + 4 > outHeight || column + 4 > outWidth) {
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) {
        const inside = row + i < outHeight && column + j < outWidth;
        const at = from + <usize>i * rowBytes + <usize>j * pixelBytes;
        const place = patch + <usize>(((i << 2) + j) << 5);
        v128.store(place, inside ? v128.load(at) : f32x4.splat(0));
        v128.store(place, inside ? v128.load(at, 16) : f32x4.splat(0), 16);
      }
    from = patch;
    rowBytes = 128;
    columnBytes = 32;
  }
  transformGradient(from, rowBytes, columnBytes, to, step, temporary);
  transformGradient(from + 16, rowBytes, columnBytes, to + 16, step, temporary);
}

/**
 * Adds up the splits of `winogradFilterGradient`, transforms them back and puts the result in HWIO. One chunk is one panel of eight
 * output channels.
 *
 * @param scratch 2 KiB a thread, of what {@link winogradFilterGradientScratchBytes} says
 * @param flag address of an integer that is set to 1 if a sum is not finite, see `winograd`
 */
export function winogradFilterSum(
  chunk: i32,
  thread: i32,
  sums: usize,
  dw: usize,
  splits: i32,
  inC: i32,
  outC: i32,
  scratch: usize,
  flag: usize,
): void {
  const kStep = <usize>(inC << 5);
  const panelBytes = 36 * kStep;
  const splitBytes = <usize>(outC >> 3) * panelBytes;
  const products = scratch + <usize>(thread << SUM_SHIFT);
  const temporary = products + 576;
  let finite = f32x4.splat(0);
  for (let c = 0; c < inC; c++)
    for (let half = 0; half < 2; half++) {
      let from = sums + <usize>chunk * panelBytes + <usize>((c << 5) + (half << 4));
      for (let k = 0; k < 36; k++, from += kStep) {
        let sum = v128.load(from);
        let next = from + splitBytes;
        for (let s = 1; s < splits; s++, next += splitBytes) sum = f32x4.add(sum, v128.load(next));
        finite = f32x4.add(finite, f32x4.sub(sum, sum));
        v128.store(products + <usize>(k << 4), sum);
      }
      transformFilterGradient(products, temporary);
      for (let tap = 0; tap < 9; tap++)
        v128.store(dw + ((<usize>((tap * inC + c) * outC + (chunk << 3) + (half << 2))) << 2), v128.load(products + <usize>(tap << 4)));
    }
  if (v128.any_true(f32x4.ne(finite, finite))) store<i32>(flag, 1);
}
