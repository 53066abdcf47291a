import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Runtime } from '../runtime.ts';
import { sizeOf } from './chunks.ts';
import { type ConvGeometry, filterShape, inputShape, outputShape } from './conv-geometry.ts';
import { expectShape } from './expect.ts';
import { filterSplits } from './filter-splits.ts';
import { suitsWinogradFilterGradient, winogradFilterGradient } from './winograd-filter-gradient.ts';
import { zero } from './zeros.ts';

/** Pixels of a block: its panel of dy, 8 floats each, stays in the first-level cache while all taps and channels pass. */
const BLOCK_PIXELS = 192;

/**
 * The gradient of a convolution's filter: `[kh,kw,C/groups,O]` from x `[N,H,W,C]` and dy `[N,H',W',O]`.
 *
 * The number of partial sums depends on the shapes alone: results are equal on any number of threads.
 */
export function filterGradient(runtime: Runtime, x: TensorInfo, dy: TensorInfo, g: ConvGeometry): TensorInfo {
  expectShape({ x }, inputShape(g));
  expectShape({ dy }, outputShape(g));
  const { heap, threads } = runtime;
  const groupIn = g.inChannels / g.groups;
  const groupOut = g.outChannels / g.groups;
  const dw = runtime.output(filterShape(g));
  const taps = g.kernelHeight * g.kernelWidth;
  const inPanels = Math.ceil(groupIn / 4);
  const panels = g.groups * Math.ceil(groupOut / 8);
  const to = runtime.address(dw);
  if (sizeOf(dy) === 0) {
    zero(runtime, to, sizeOf(dw));
    return dw;
  }
  if (runtime.winograd && suitsWinogradFilterGradient(g) && winogradFilterGradient(runtime, x, dy, to, g)) return dw;

  const linesPerBlock = Math.min(g.outHeight, Math.ceil(BLOCK_PIXELS / g.outWidth));
  const imagesPerBlock = Math.min(g.batch, Math.max(1, Math.floor(BLOCK_PIXELS / (g.outHeight * g.outWidth))));
  const blocks = imagesPerBlock > 1 ? Math.ceil(g.batch / imagesPerBlock) : g.batch * Math.ceil(g.outHeight / linesPerBlock);
  const sumsBytes = panels * taps * inPanels * 128;
  const { splits, blocksPerSplit, panelChunks, panelsPerChunk } = filterSplits({ blocks, sumsBytes, panels, chunks: 4 * threads });

  const scratchBytes = runtime.ask('filterGradientScratchBytes', { ...g, groupIn, linesPerBlock, imagesPerBlock });
  const sums = heap.scratch('filter sums', splits * sumsBytes);
  const scratch = heap.scratch('filter blocks', threads * scratchBytes);
  runtime.run('filterGradient', splits * panelChunks, {
    ...g,
    ...{ x: runtime.address(x), dy: runtime.address(dy), sums },
    ...{ images: g.batch, height: g.inHeight, width: g.inWidth, inC: g.inChannels, outC: g.outChannels },
    ...{ linesPerBlock, imagesPerBlock, blocksPerSplit, panelChunks, panelsPerChunk, scratch, scratchBytes },
  });
  runtime.run('filterSum', panels, { sums, dw: to, splits, taps, groups: g.groups, groupIn, groupOut });
  return dw;
}
