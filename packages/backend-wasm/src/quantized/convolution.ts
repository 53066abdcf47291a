import type { ConvGeometry } from '../ops/conv-geometry.ts';
import type { Compiler } from './commands.ts';
import { finishing } from './finishing.ts';
import { convolutionOf } from './geometry.ts';
import type { PackedConv } from './packed-plan.ts';
import { type Conv, isSigned, type Value } from './plan.ts';

/** Rows of a chunk at most; those of 16 bits and their panel share the second-level cache. */
const ROWS = 96;
const ROWS_BYTES = 512 * 1024;
/** A multiple of the rows of all tiles. */
const TILES_ROWS = 12;
/** Of the second-level cache, for a chunk's transformed tiles. */
const TILES_BYTES = 384 * 1024;
const MOST_TILES = 48;
/** A job may have some 4,000 chunks; with several threads each gets so many. */
const MOST_CHUNKS = 2000;
const CHUNKS_PER_THREAD = 4;
/** What kernels read beyond the last number of a block of scratch. */
const BEYOND_BYTES = 64;
const CHUNK_BYTES = 65_536;

/** What all ways to compute a convolution take. */
interface Call extends ConvGeometry, PackedConv {
  readonly x: number;
  readonly y: number;
  readonly residual: number;
  readonly finishing: number;
  readonly signed: 0 | 1;
  /** Bytes of a result. */
  readonly yNumber: 1 | 4;
}

export function convolution(compiler: Compiler, step: Conv): void {
  const { packed, images, address, table } = compiler;
  const value = (id: number) => packed.plan.values[id] as Value;
  const [input, output] = [value(step.input), value(step.output)];
  const { residual } = step;
  const branch = residual && { type: residual.branchType, scale: residual.branchScale };
  const conv = packed.conv(step);
  const call: Call = {
    ...convolutionOf(step, input, images),
    ...conv,
    ...{ x: address(step.input), y: address(step.output), residual: residual ? address(residual.value) : 0, signed: isSigned(input) },
    finishing: table(
      finishing(output, { residual: residual && branch && { value: value(residual.value), branch }, largest: conv.largest }),
    ),
    yNumber: output.type === 'f32' ? 4 : 1,
  };
  if (call.isWinograd) winograd(compiler, call);
  else if (call.groups > 1) grouped(compiler, call);
  else multiplication(compiler, call);
}

/** How many ways columns are cut, so that there is enough for each thread. */
function cutPanels({ threads }: Compiler, panels: number, otherChunks: number): { panelChunks: number; panelsPerChunk: number } {
  const wanted = threads === 1 ? 1 : Math.min(panels, Math.ceil((CHUNKS_PER_THREAD * threads) / otherChunks));
  const panelsPerChunk = Math.ceil(panels / wanted);
  return { panelsPerChunk, panelChunks: Math.ceil(panels / panelsPerChunk) };
}

/** Chunks of like size, as many for each thread. */
function cutEvenly({ threads }: Compiler, count: number, most: number, multiple: number): number {
  const chunks = Math.min(MOST_CHUNKS, Math.ceil(count / most));
  const even = chunks < threads ? chunks : Math.ceil(chunks / threads) * threads;
  return Math.ceil(count / even / multiple) * multiple;
}

const resultSteps = ({ outHeight, outWidth, outChannels, yNumber }: Call) => {
  const yColumn = outChannels * yNumber;
  return { yImage: outHeight * outWidth * yColumn, yRow: outWidth * yColumn, yColumn, yNumber };
};

/** Where segments begin, in pixels' numbers, whose size is `numberBytes`. */
function segmentOffsets(c: Call, rowBytes: number, numberBytes: number): number[] {
  const offsets: number[] = [];
  for (let i = 0; i < c.kernelHeight; i++)
    for (let j = 0; j < c.kernelWidth; j += c.segmentTaps)
      offsets.push(i * c.dilationHeight * rowBytes + j * c.dilationWidth * c.inChannels * numberBytes);
  return offsets;
}

/** The images with zeros around them: scratch, or themselves where there is nothing to pad. */
function padded({ scratch, run }: Compiler, c: Call): number {
  if (c.top === 0 && c.bottom === 0 && c.left === 0 && c.right === 0) return c.x;
  const lines = c.batch * (c.top + c.inHeight + c.bottom);
  const lineBytes = (c.left + c.inWidth + c.right) * c.inChannels;
  const y = scratch(lines * lineBytes + BEYOND_BYTES);
  const linesPerChunk = Math.max(1, Math.ceil(CHUNK_BYTES / lineBytes), Math.ceil(lines / MOST_CHUNKS));
  run('pad', Math.ceil(lines / linesPerChunk), {
    ...{ x: c.x, y, images: c.batch, height: c.inHeight, lineBytes: c.inWidth * c.inChannels, top: c.top, bottom: c.bottom, linesPerChunk },
    ...{ leftBytes: c.left * c.inChannels, rightBytes: c.right * c.inChannels },
  });
  return y;
}

function multiplication(compiler: Compiler, c: Call): void {
  const { table, ask, scratch, run, threads } = compiler;
  const x = padded(compiler, c);
  const xRow = (c.left + c.inWidth + c.right) * c.inChannels;
  const pixels = c.batch * c.outHeight * c.outWidth;
  const fitting = Math.max(TILES_ROWS, Math.min(ROWS, Math.floor(ROWS_BYTES / (4 * c.steps))));
  const rowsPerChunk = cutEvenly(compiler, pixels, fitting, 4);
  const rowChunks = Math.ceil(pixels / rowsPerChunk);
  const { panelChunks, panelsPerChunk } = cutPanels(compiler, c.panels, rowChunks);
  const segments = segmentOffsets(c, xRow, 1);
  const scratchBytes = ask('quantizedConvolveScratchBytes', { rowsPerChunk, steps: c.steps });
  run('quantizedConvolve', rowChunks * panelChunks, {
    ...c,
    ...{ x, pixels, height: c.outHeight, width: c.outWidth, outC: c.outChannels },
    ...{ xImage: (c.top + c.inHeight + c.bottom) * xRow, xRow: c.strideHeight * xRow, xColumn: c.strideWidth * c.inChannels },
    ...resultSteps(c),
    ...{ segments: table(segments), segmentCount: segments.length, length: c.segmentTaps * c.inChannels },
    ...{ rowsPerChunk, panelChunks, panelsPerChunk, scratch: scratch(threads * scratchBytes), scratchBytes },
  });
}

function grouped(compiler: Compiler, c: Call): void {
  const { table, ask, scratch, run, threads } = compiler;
  const lines = c.batch * (c.top + c.inHeight + c.bottom);
  const lineLength = (c.left + c.inWidth + c.right) * c.inChannels;
  const x = scratch(2 * lines * lineLength + BEYOND_BYTES);
  const linesPerChunk = Math.max(1, Math.ceil(CHUNK_BYTES / (2 * lineLength)), Math.ceil(lines / MOST_CHUNKS));
  run('widen', Math.ceil(lines / linesPerChunk), {
    ...{ x: c.x, y: x, signed: c.signed, images: c.batch, height: c.inHeight, lineLength: c.inWidth * c.inChannels },
    ...{ top: c.top, bottom: c.bottom, left: c.left * c.inChannels, right: c.right * c.inChannels, linesPerChunk },
  });
  const xRow = 2 * lineLength;
  const pixels = c.batch * c.outHeight * c.outWidth;
  const rowsPerChunk = cutEvenly(compiler, pixels, ROWS, TILES_ROWS);
  const rowChunks = Math.ceil(pixels / rowsPerChunk);
  const { panelChunks, panelsPerChunk } = cutPanels(compiler, c.panels, rowChunks);
  const groupIn = c.inChannels / c.groups;
  const segments = segmentOffsets(c, xRow, 2);
  const offsets = Array.from({ length: c.groups }, (_, group) => segments.map((offset) => offset + 2 * group * groupIn)).flat();
  const scratchBytes = ask('quantizedConvolveGroupsScratchBytes', { rowsPerChunk, steps: c.steps });
  run('quantizedConvolveGroups', rowChunks * panelChunks, {
    ...c,
    ...{ x, pixels, height: c.outHeight, width: c.outWidth },
    ...{ xImage: (c.top + c.inHeight + c.bottom) * xRow, xRow: c.strideHeight * xRow, xColumn: 2 * c.strideWidth * c.inChannels },
    ...resultSteps(c),
    ...{ segments: table(offsets), segmentCount: segments.length, length: c.segmentSteps, groupOut: c.outChannels / c.groups },
    ...{ rowsPerChunk, panelChunks, panelsPerChunk, scratch: scratch(threads * scratchBytes), scratchBytes },
  });
}

function winograd(compiler: Compiler, c: Call): void {
  const { ask, scratch, run, threads } = compiler;
  const tiles = c.batch * Math.ceil(c.outHeight / 4) * Math.ceil(c.outWidth / 4);
  const fitting = Math.max(4, Math.min(MOST_TILES, Math.floor(TILES_BYTES / (36 * 2 * c.inChannels))));
  const tilesPerChunk = cutEvenly(compiler, tiles, fitting, 4);
  const tileChunks = Math.ceil(tiles / tilesPerChunk);
  const { panelChunks, panelsPerChunk } = cutPanels(compiler, c.panels, tileChunks);
  const scratchBytes = ask('quantizedWinogradScratchBytes', { tilesPerChunk, inC: c.inChannels });
  run('quantizedWinograd', tileChunks * panelChunks, {
    ...c,
    ...{ images: c.batch, height: c.inHeight, width: c.inWidth, inC: c.inChannels, outC: c.outChannels },
    ...{ tilesPerChunk, panelChunks, panelsPerChunk, scratch: scratch(threads * scratchBytes), scratchBytes },
  });
}
