import type { Raster } from './raster.ts';
import { type ResampleWeights, WEIGHT_BITS } from './resample-weights.ts';

const HALF = 1 << (WEIGHT_BITS - 1);

/**
 * The portable form of a resize: rows first, rounded to 8 bits, then columns, as Pillow does.
 * Only the rows that the vertical pass takes are filtered horizontally.
 */
export function resampleInJs(image: Raster, horizontal: ResampleWeights, vertical: ResampleWeights): Uint8Array {
  const firstRow = vertical.starts[0] as number;
  const last = vertical.length - 1;
  const rows = (vertical.starts[last] as number) + (vertical.counts[last] as number) - firstRow;
  const between = resampleRows(image, horizontal, firstRow, rows);
  return resampleColumns(between, horizontal.length * 3, vertical, firstRow);
}

function resampleRows(image: Raster, { length, starts, counts, weights, stride }: ResampleWeights, firstRow: number, rows: number) {
  const source = image.data;
  const out = new Uint8ClampedArray(rows * length * 3);
  let to = 0;
  for (let y = 0; y < rows; y++) {
    const row = image.offset + (firstRow + y) * image.rowBytes;
    for (let x = 0; x < length; x++) {
      let from = row + (starts[x] as number) * 3;
      let w = x * stride;
      const end = w + (counts[x] as number);
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (; w < end; w++) {
        const weight = weights[w] as number;
        red = (red + Math.imul(source[from] as number, weight)) | 0;
        green = (green + Math.imul(source[from + 1] as number, weight)) | 0;
        blue = (blue + Math.imul(source[from + 2] as number, weight)) | 0;
        from += 3;
      }
      out[to] = red >> WEIGHT_BITS; // Uint8ClampedArray is Pillow's clip8
      out[to + 1] = green >> WEIGHT_BITS;
      out[to + 2] = blue >> WEIGHT_BITS;
      to += 3;
    }
  }
  return out;
}

function resampleColumns(source: Uint8ClampedArray, rowBytes: number, vertical: ResampleWeights, firstRow: number) {
  const { length, starts, counts, weights, stride } = vertical;
  const out = new Uint8ClampedArray(length * rowBytes);
  const sums = new Int32Array(rowBytes);
  for (let y = 0; y < length; y++) {
    sums.fill(HALF);
    const count = counts[y] as number;
    let from = ((starts[y] as number) - firstRow) * rowBytes;
    for (let k = 0; k < count; k++) {
      const weight = weights[y * stride + k] as number;
      for (let i = 0; i < rowBytes; i++) {
        sums[i] = (sums[i] as number) + Math.imul(source[from + i] as number, weight);
      }
      from += rowBytes;
    }
    const to = y * rowBytes;
    for (let i = 0; i < rowBytes; i++) out[to + i] = (sums[i] as number) >> WEIGHT_BITS;
  }
  return new Uint8Array(out.buffer);
}
