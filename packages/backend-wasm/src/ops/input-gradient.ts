import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Runtime } from '../runtime.ts';
import { sizeOf } from './chunks.ts';
import { type ConvGeometry, filterShape, inputShape, outputShape } from './conv-geometry.ts';
import { expectShape } from './expect.ts';
import { gemm } from './gemm.ts';
import { packedFilter } from './packed-filter.ts';
import { SUM, segments } from './segments.ts';
import { suitsWinograd, winograd } from './winograd.ts';
import { padImages, zero } from './zeros.ts';

/** The input pixels along one axis that the same taps reach: every `stride`-th from `first`. */
interface Phase {
  readonly first: number;
  readonly count: number;
  /** Taps, and the result pixel that each reads for the first input pixel; reads ascend. */
  readonly taps: readonly { readonly tap: number; readonly read: number }[];
}

/** Input pixel i got products from result pixel (i + before - tap*dilation) / stride for each tap where that is whole. */
function phases(size: number, kernel: number, stride: number, dilation: number, before: number): Phase[] {
  return Array.from({ length: Math.min(stride, size) }, (_, first) => ({
    first,
    count: Math.ceil((size - first) / stride),
    taps: Array.from({ length: kernel }, (_, k) => kernel - 1 - k)
      .map((tap) => ({ tap, read: (first + before - tap * dilation) / stride }))
      .filter(({ read }) => Number.isInteger(read)),
  }));
}

/** Zeros needed before and after `size` result pixels so that every read of every phase is inside. */
function margins(all: readonly Phase[], size: number): [before: number, after: number] {
  let [before, after] = [0, 0];
  for (const { count, taps } of all)
    for (const { read } of taps) {
      before = Math.max(before, -read);
      after = Math.max(after, read + count - size);
    }
  return [before, after];
}

/**
 * The gradient of a convolution's input: `[N,H,W,C]` from dy `[N,H',W',O]`.
 *
 * It is a convolution of dy with the filter turned and transposed. Where the stride is s, the s*s kinds of input pixels
 * see different taps: each is a convolution of its own, without stride, that writes every s-th pixel.
 */
export function inputGradient(runtime: Runtime, dy: TensorInfo, filter: TensorInfo, g: ConvGeometry): TensorInfo {
  expectShape({ dy }, outputShape(g));
  expectShape({ filter }, filterShape(g));
  const dx = runtime.output(inputShape(g));
  const plain = { bias: 0, residual: 0, lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY };
  const y = runtime.address(dx);
  if (sizeOf(dy) === 0 || sizeOf(dx) === 0) {
    zero(runtime, y, sizeOf(dx));
    return dx;
  }
  if (runtime.winograd && suitsWinograd(g)) {
    const finite = winograd(runtime, {
      ...plain,
      ...{ x: runtime.address(dy), y, filter, transpose: true, images: g.batch },
      ...{ height: g.outHeight, width: g.outWidth, inChannels: g.outChannels },
      ...{ outHeight: g.inHeight, outWidth: g.inWidth, outChannels: g.inChannels },
      ...{ top: 2 - g.top, left: 2 - g.left },
    });
    if (finite) return dx;
  }
  const down = phases(g.inHeight, g.kernelHeight, g.strideHeight, g.dilationHeight, g.top);
  const across = phases(g.inWidth, g.kernelWidth, g.strideWidth, g.dilationWidth, g.left);
  if ([...down, ...across].some(({ taps }) => taps.length === 0)) zero(runtime, y, sizeOf(dx));
  const [top, bottom] = margins(down, g.outHeight);
  const [left, right] = margins(across, g.outWidth);
  const padding = { images: g.batch, height: g.outHeight, width: g.outWidth, channels: g.outChannels, top, bottom, left, right };
  const x = padImages(runtime, runtime.address(dy), padding);
  const xColumn = g.outChannels * 4;
  const xRow = (left + g.outWidth + right) * xColumn;
  const yColumn = g.inChannels * 4;
  const yRow = g.inWidth * yColumn;
  for (const row of down)
    for (const column of across) {
      if (row.taps.length === 0 || column.taps.length === 0) continue;
      const runs = segments(
        row.taps.map(({ read }) => read + top),
        column.taps.map(({ read }) => read + left),
        { rowBytes: xRow, channels: g.outChannels / g.groups, stride: g.outChannels, longest: SUM.whereGradientsFollow },
      );
      const taps = row.taps.flatMap((i) => column.taps.map((j) => i.tap * g.kernelWidth + j.tap));
      gemm(runtime, {
        ...plain,
        ...{
          x,
          y: y + row.first * yRow + column.first * yColumn,
          packed: packedFilter(runtime, filter, { groups: g.groups, taps, transpose: true }),
        },
        ...{ images: g.batch, height: row.count, width: column.count },
        xSteps: [(top + g.outHeight + bottom) * xRow, xRow, xColumn],
        ySteps: [g.inHeight * yRow, g.strideHeight * yRow, g.strideWidth * yColumn],
        ...{ segments: runs.offsets, segmentLength: runs.length, sum: SUM.whereGradientsFollow },
        ...{ groups: g.groups, groupIn: g.outChannels / g.groups, groupOut: g.inChannels / g.groups },
      });
    }
  return dx;
}
