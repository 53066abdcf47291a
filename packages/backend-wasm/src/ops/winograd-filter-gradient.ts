import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Runtime } from '../runtime.ts';
import type { ConvGeometry } from './conv-geometry.ts';
import { filterSplits, SUMS_BYTES } from './filter-splits.ts';
import { countTiles, suitsWinograd } from './winograd.ts';

/** Of the second-level cache, for a block's transformed tiles; each block touches all sums, so that few tiles are not worth it. */
const TILES_BYTES = 640 * 1024;
const [FEWEST_TILES, MOST_TILES] = [32, 128];
/** With fewer tiles the sums are touched more often than their terms are worth. */
const LEAST_TILES = 64;

const tilesOf = (g: ConvGeometry) => countTiles(g.batch, g.outHeight, g.outWidth);
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
  const cut = filterSplits({ blocks, sumsBytes: sumsBytes(g), panels, chunks: 2 * threads });

  const scratchBytes = runtime.ask('winogradFilterGradientScratchBytes', { tilesPerBlock, inC: g.inChannels });
  const sums = heap.scratch('filter sums', cut.splits * sumsBytes(g));
  const scratch = heap.scratch('filter blocks', threads * scratchBytes);
  const channels = { inC: g.inChannels, outC: g.outChannels };
  runtime.run('winogradFilterGradient', cut.splits * cut.panelChunks, {
    ...g,
    ...cut,
    ...channels,
    ...{ x: runtime.address(x), dy: runtime.address(dy), sums, images: g.batch, height: g.inHeight, width: g.inWidth },
    ...{ tilesPerBlock, scratch, scratchBytes },
  });
  return runtime.staysClear((flag) =>
    runtime.run('winogradFilterSum', panels, { ...channels, sums, dw, splits: cut.splits, scratch, flag }),
  );
}
