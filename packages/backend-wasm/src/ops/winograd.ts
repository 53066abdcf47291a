import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Runtime } from '../runtime.ts';
import type { ConvGeometry } from './conv-geometry.ts';
import { packedFilter } from './packed-filter.ts';

/** A 3x3, stride 1 correlation, as Winograd's algorithm takes it; the filter may be turned and transposed. */
export interface WinogradCall {
  readonly x: number;
  readonly y: number;
  readonly filter: TensorInfo;
  readonly transpose: boolean;
  readonly bias: number;
  readonly residual: number;
  readonly lo: number;
  readonly hi: number;
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly top: number;
  readonly left: number;
}

/** 3x3, stride 1, and enough channels that the transforms are worth their while. */
export const suitsWinograd = (g: ConvGeometry): boolean =>
  g.kernelHeight === 3 &&
  g.kernelWidth === 3 &&
  g.strideHeight === 1 &&
  g.strideWidth === 1 &&
  g.dilationHeight === 1 &&
  g.dilationWidth === 1 &&
  g.groups === 1 &&
  g.inChannels >= 8 &&
  g.outChannels >= 8 &&
  g.batch > 0;

/** 4x4 tiles of results. */
export const countTiles = (images: number, outHeight: number, outWidth: number): number =>
  images * Math.ceil(outHeight / 4) * Math.ceil(outWidth / 4);

/** Of the second-level cache, for a chunk's transformed tiles: the filter, transformed before, passes through the rest. */
const TILES_BYTES = 256 * 1024;
const [LEAST_TILES, MOST_TILES] = [12, 48];
/** Where every chunk transforms the filter for itself; the tiles may then come from the third-level cache. */
const MOST_TILES_OF_PLAIN = 64;
/** How long the transform of a chunk's tiles takes, beside its products with a panel. */
const INPUT_TRANSFORM = 1.2;
/** Of a transformed filter: a larger one would come from memory each time, and is transformed where it is used. */
const FILTER_BYTES = 4 * 1024 * 1024;
/** A job may have some 4,000 chunks. */
const MOST_CHUNKS = 4000;

/**
 * How a convolution is cut, in tiles and columns: into like chunks of as many tiles as are good for the caches, as many chunks for each
 * thread, and into columns only where there are fewer tiles than that takes, for each chunk transforms its tiles for itself.
 */
function cut(w: WinogradCall, tiles: number, isPlain: boolean, threads: number): { tileChunks: number; columnsPerChunk: number } {
  const fitting = Math.min(MOST_TILES, Math.floor(TILES_BYTES / (36 * w.inChannels * 4)));
  const chunks = Math.min(MOST_CHUNKS, Math.ceil(tiles / (isPlain ? MOST_TILES_OF_PLAIN : Math.max(LEAST_TILES, fitting))));
  const even = chunks < threads ? chunks : Math.ceil(chunks / threads) * threads;
  const tileChunks = Math.min(even, Math.ceil(tiles / 4));

  const panels = Math.ceil(w.outChannels / 8);
  const time = (panelsPerChunk: number) =>
    Math.ceil((tileChunks * Math.ceil(panels / panelsPerChunk)) / threads) * (panelsPerChunk + INPUT_TRANSFORM);
  let best = panels;
  for (let panelsPerChunk = panels - 1; panelsPerChunk > 0; panelsPerChunk--) if (time(panelsPerChunk) < time(best)) best = panelsPerChunk;
  return { tileChunks, columnsPerChunk: best * 8 };
}

/**
 * Runs Winograd's algorithm.
 *
 * @returns whether every sum was finite; if not the result must be computed another way
 */
export function winograd(runtime: Runtime, w: WinogradCall): boolean {
  const { heap, threads } = runtime;
  const isPlain = 36 * 4 * w.inChannels * w.outChannels > FILTER_BYTES;
  const packed = isPlain ? plainPanels(runtime, w) : transformedPanels(runtime, w);

  const tiles = countTiles(w.images, w.outHeight, w.outWidth);
  const { tileChunks, columnsPerChunk } = cut(w, tiles, isPlain, threads);
  const tilesPerChunk = Math.ceil(Math.ceil(tiles / 4) / tileChunks) * 4;
  const columnChunks = Math.ceil(w.outChannels / columnsPerChunk);

  const plain = isPlain ? 1 : 0;
  const scratchBytes = runtime.ask('winogradScratchBytes', { tilesPerChunk, inC: w.inChannels, plain });
  const scratch = heap.scratch('winograd', threads * scratchBytes);
  return runtime.staysClear((flag) =>
    runtime.run('winograd', tileChunks * columnChunks, {
      ...w,
      ...{ packed, residual: w.residual && w.residual - w.y, inC: w.inChannels, outC: w.outChannels },
      ...{ tileChunks, tilesPerChunk, columnChunks, columnsPerChunk, scratch, scratchBytes, plain, flag },
    }),
  );
}

function plainPanels(runtime: Runtime, { filter, transpose }: WinogradCall): number {
  const taps = Array.from({ length: 9 }, (_, tap) => (transpose ? 8 - tap : tap));
  return packedFilter(runtime, filter, { groups: 1, taps, transpose });
}

function transformedPanels(runtime: Runtime, { filter, transpose, inChannels, outChannels }: WinogradCall): number {
  const panels = Math.ceil(outChannels / 8);
  const [, , inC = 0, outC = 0] = filter.shape;
  const packing = { layout: `winograd ${filter.shape.join()}`, sizeBytes: 36 * panels * inChannels * 32 };
  return runtime.packed(filter, packing, transpose, (to) => {
    const from = runtime.address(filter);
    const scratch = runtime.heap.scratch('winograd filter', runtime.threads * runtime.ask('winogradFilterScratchBytes', {}));
    runtime.run('winogradFilter', panels, { filter: from, packed: to, inC, outC, transpose: transpose ? 1 : 0, scratch });
  });
}
