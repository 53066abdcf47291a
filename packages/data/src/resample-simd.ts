import { type Arena, kernelArena } from './kernels/arena.ts';
import { hex } from './kernels/resample.generated.ts';
import type { Raster } from './raster.ts';
import type { ResampleWeights } from './resample-weights.ts';

interface ResampleKernel {
  resampleRows(
    from: number,
    fromStep: number,
    rows: number,
    to: number,
    toStep: number,
    columns: number,
    spans: number,
    weights: number,
    weightStep: number,
  ): void;
  resampleColumns(
    from: number,
    fromStep: number,
    rowBytes: number,
    to: number,
    rows: number,
    spans: number,
    weights: number,
    weightStep: number,
  ): void;
}

const inKernel = kernelArena<ResampleKernel>(hex);

/** Does what `resampleInJs` does, in WebAssembly; undefined where that cannot run. */
export function resampleInSimd(image: Raster, horizontal: ResampleWeights, vertical: ResampleWeights): Uint8Array | undefined {
  const firstRow = vertical.starts[0] as number;
  const last = vertical.length - 1;
  const rows = (vertical.starts[last] as number) + (vertical.counts[last] as number) - firstRow;
  // Only the columns that are looked at are copied.
  const firstColumn = horizontal.starts[0] as number;
  const lastColumn = horizontal.length - 1;
  const rowBytes = ((horizontal.starts[lastColumn] as number) + (horizontal.counts[lastColumn] as number) - firstColumn) * 3;

  return inKernel((arena) => {
    const across = placeWeights(arena, horizontal, (start) => (start - firstColumn) * 3);
    const outBytes = horizontal.length * 3;
    const betweenStep = (outBytes + 16) & ~15;
    const down = placeWeights(arena, vertical, (start) => (start - firstRow) * betweenStep);
    const source = arena.take(rows * rowBytes + 16);
    const between = arena.take((rows + 1) * betweenStep + 16);
    const out = arena.take(vertical.length * outBytes + 16);

    copyRows(image, { firstRow, rows, firstByte: firstColumn * 3, rowBytes }, arena.bytes(source, rows * rowBytes));
    arena.exports.resampleRows(source, rowBytes, rows, between, betweenStep, horizontal.length, ...across);
    arena.exports.resampleColumns(between, betweenStep, outBytes, out, vertical.length, ...down);
    return arena.bytes(out, vertical.length * outBytes).slice();
  });
}

function copyRows(image: Raster, part: { firstRow: number; rows: number; firstByte: number; rowBytes: number }, to: Uint8Array): void {
  const { firstRow, rows, firstByte, rowBytes } = part;
  const start = image.offset + firstRow * image.rowBytes + firstByte;
  if (rowBytes === image.rowBytes) {
    to.set(image.data.subarray(start, start + rows * rowBytes));
    return;
  }
  for (let y = 0; y < rows; y++) {
    const from = start + y * image.rowBytes;
    to.set(image.data.subarray(from, from + rowBytes), y * rowBytes);
  }
}

/** Lays weights out as the kernel reads them: pairs of taps, high and low halves apart. */
function placeWeights(
  arena: Arena<ResampleKernel>,
  { length, starts, counts, weights, stride }: ResampleWeights,
  offsetOf: (start: number) => number,
) {
  const pairStride = (stride + 1) >> 1;
  const spans = arena.take(length * 8);
  const packed = arena.take(length * pairStride * 8);
  const spanWords = arena.words(spans, length * 2);
  const packedWords = arena.words(packed, length * pairStride * 2);
  for (let i = 0; i < length; i++) {
    const count = counts[i] as number;
    spanWords[i * 2] = offsetOf(starts[i] as number);
    spanWords[i * 2 + 1] = (count + 1) >> 1;
    for (let k = 0; k < count; k += 2) {
      const first = weights[i * stride + k] as number;
      const second = k + 1 < count ? (weights[i * stride + k + 1] as number) : 0;
      const at = i * pairStride * 2 + k;
      packedWords[at] = ((first >> 11) & 0xffff) | ((second >> 11) << 16);
      packedWords[at + 1] = (first & 2047) | ((second & 2047) << 16);
    }
  }
  return [spans, packed, pairStride * 8] as const;
}
