import type { PhotoView, Region } from '../explainable.ts';

/** Numbers on `height` rows of `width`. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  /** Row-major. */
  readonly data: Float32Array;
}

interface Taps {
  readonly starts: Int32Array;
  readonly weights: readonly Float64Array[];
}

/** Which cells along an axis each output position takes, and how much of each: linear between centres, a mean where it shrinks. */
function tapsOf(cells: number, from: number, extent: number, positions: number): Taps {
  const scale = extent / positions;
  const support = Math.max(scale, 1);
  const starts = new Int32Array(positions);
  const weights = Array.from({ length: positions }, (_, i) => {
    const centre = from + (i + 0.5) * scale - 0.5;
    // beyond the outermost centres the outermost cell goes on
    const at = scale > 1 ? centre : Math.min(Math.max(centre, 0), cells - 1);
    const start = Math.min(Math.max(Math.ceil(at - support), 0), cells - 1);
    const end = Math.min(Math.max(Math.floor(at + support), start), cells - 1);
    const taps = Float64Array.from({ length: end - start + 1 }, (_, k) => Math.max(0, 1 - Math.abs(start + k - at) / support));
    const sum = taps.reduce((a, b) => a + b, 0);
    starts[i] = start;
    return sum > 0 ? taps.map((tap) => tap / sum) : Float64Array.of(1);
  });
  return { starts, weights };
}

/**
 * A part of a grid with another number of cells, linearly between cells' centres; where it shrinks, of all the cells that it covers.
 *
 * @param region in cells of `grid`; default all of it
 */
export function resample(grid: Grid, width: number, height: number, region: Region = { left: 0, top: 0, ...grid }): Grid {
  const columns = tapsOf(grid.width, region.left, region.width, width);
  const rows = tapsOf(grid.height, region.top, region.height, height);
  const wide = new Float32Array(grid.height * width);
  for (let y = 0; y < grid.height; y++)
    for (let x = 0; x < width; x++) {
      const taps = columns.weights[x] as Float64Array;
      const start = y * grid.width + (columns.starts[x] as number);
      let sum = 0;
      for (let k = 0; k < taps.length; k++) sum += (taps[k] as number) * (grid.data[start + k] as number);
      wide[y * width + x] = sum;
    }
  const data = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    const taps = rows.weights[y] as Float64Array;
    for (let k = 0; k < taps.length; k++) {
      const tap = taps[k] as number;
      const row = ((rows.starts[y] as number) + k) * width;
      for (let x = 0; x < width; x++) data[y * width + x] = (data[y * width + x] as number) + tap * (wide[row + x] as number);
    }
  }
  return { width, height, data };
}

/** The pixels of a photo that a network is shown: those whose centres lie in the view. */
function seenPixels({ width, height, view }: PhotoView): Region {
  const left = Math.max(0, Math.ceil(view.left - 0.5));
  const top = Math.max(0, Math.ceil(view.top - 0.5));
  const right = Math.min(width, Math.ceil(view.left + view.width - 0.5));
  const bottom = Math.min(height, Math.ceil(view.top + view.height - 0.5));
  return { left, top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
}

/** A map of what a network was shown, on its photo's own pixels: 0 where it saw nothing. */
export function ontoPhoto(map: Grid, photo: PhotoView): Grid {
  const { view } = photo;
  const seen = seenPixels(photo);
  const [cellWidth, cellHeight] = [map.width / view.width, map.height / view.height];
  const inside = resample(map, seen.width, seen.height, {
    left: (seen.left - view.left) * cellWidth,
    top: (seen.top - view.top) * cellHeight,
    width: seen.width * cellWidth,
    height: seen.height * cellHeight,
  });
  if (seen.width === photo.width && seen.height === photo.height) return inside;
  const data = new Float32Array(photo.width * photo.height);
  for (let y = 0; y < seen.height; y++)
    data.set(inside.data.subarray(y * seen.width, (y + 1) * seen.width), (seen.top + y) * photo.width + seen.left);
  return { width: photo.width, height: photo.height, data };
}

/** The way back: what a map on a photo's pixels says of each pixel that the network was shown. */
export const ontoInput = (map: Grid, { view }: PhotoView, width: number, height: number): Grid => resample(map, width, height, view);
