import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Runtime } from '../runtime.ts';
import type { ConvGeometry } from './conv-geometry.ts';
import { SKEW, suitsWinograd } from './winograd.ts';

/** Of the second-level cache, for a block's transformed tiles; each block touches all sums, so that few tiles are not worth it. */
const TILES_BYTES = 640 * 1024;
const [FEWEST_TILES, MOST_TILES] = [32, 128];
/** Of partial sums, over all splits. */
const SUMS_BYTES = 32 * 2 ** 20;
const MOST_SPLITS = 16;
/** With fewer tiles the sums are touched more often than their terms are worth. */
const LEAST_TILES = 64;

const tilesOf = (g: ConvGeometry) => g.batch * Math.ceil(g.outHeight / 4) * Math.ceil(g.outWidth / 4);
const sumsBytes = (g: ConvGeometry) => 36 * g.inChannels * g.outChannels * 4;

/** What {@link suitsWinograd}, with whole panels of channels and sums that are small beside their terms. */
export const suitsWinogradFilterGradient = (g: ConvGeometry): boolean =>
  suitsWinograd(g) && g.inChannels % 4 === 0 && g.outChannels % 8 === 0 && tilesOf(g) >= LEAST_TILES && sumsBytes(g) <= SUMS_BYTES;

/**
 * The gradient of a 3x3, stride 1 filter by Winograd's algorithm, to the address `dw`.
 *
 * @returns whether every sum was finite; if not the result must be computed another way
 */
export function winogradFilterGradient(runtime: Runtime, x: TensorInfo, dy: TensorInfo, dw: number, g: ConvGeometry): boolean {
  const { heap, threads } = runtime;
  const panels = g.outChannels / 8;
  const tiles = tilesOf(g);
  const tileBytes = 36 * 4 * (g.inChannels + 8);
  const tilesPerBlock = Math.min(tiles, MOST_TILES, Math.max(FEWEST_TILES, Math.floor(TILES_BYTES / tileBytes)));
  const blocks = Math.ceil(tiles / tilesPerBlock);
  const blocksPerSplit = Math.ceil(blocks / Math.max(1, Math.min(MOST_SPLITS, Math.floor(SUMS_BYTES / sumsBytes(g)))));
  const splits = Math.ceil(blocks / blocksPerSplit);
  const panelsPerChunk = Math.ceil(panels / Math.min(panels, Math.ceil((2 * threads) / splits)));
  const panelChunks = Math.ceil(panels / panelsPerChunk);

  const scratchBytes = 16 + 576 + Math.max(36 * g.inChannels * 4, 512) + tilesPerBlock * tileBytes + 2 * 36 * 4 * SKEW + 64;
  const sums = heap.scratch('filter sums', splits * sumsBytes(g));
  const scratch = heap.scratch('filter blocks', threads * Math.max(scratchBytes, 2048));
  const flag = heap.scratch('flag', 16);
  heap.i32[flag >>> 2] = 0;
  runtime.run('winogradFilterGradient', splits * panelChunks, [
    ...[runtime.address(x), runtime.address(dy), sums],
    ...[g.batch, g.inHeight, g.inWidth, g.inChannels, g.outHeight, g.outWidth, g.outChannels, g.top, g.left],
    ...[tilesPerBlock, blocksPerSplit, panelChunks, panelsPerChunk, scratch, scratchBytes],
  ]);
  runtime.run('winogradFilterSum', panels, [sums, dw, splits, g.inChannels, g.outChannels, scratch, flag]);
  return heap.i32[flag >>> 2] === 0;
}
