import { transformFilter } from './winograd-transforms';

/**
 * Transforms a 3x3 filter, HWIO, into panels `[36][panel][channel][8]`. One chunk is one panel of eight columns.
 *
 * With `transpose` the filter is turned by 180 degrees and its channels swap roles, as the gradient of the input needs.
 *
 * @param scratch 1 KiB a thread
 */
export function winogradFilter(
  chunk: i32,
  thread: i32,
  filter: usize,
  packed: usize,
  inC: i32,
  outC: i32,
  transpose: i32,
  scratch: usize,
): void {
  const columns = transpose ? inC : outC;
  const depth = transpose ? outC : inC;
  const panels = (columns + 7) / 8;
  const step = <usize>(panels * depth * 32);
  const taps = scratch + <usize>(thread << 10);
  const temporary = taps + 144;
  // one step between columns, one between channels of the sum
  const columnStep = transpose ? outC : 1;
  const depthStep = transpose ? 1 : outC;
  for (let k = 0; k < depth; k++)
    for (let half = 0; half < 2; half++) {
      const first = chunk * 8 + half * 4;
      for (let t = 0; t < 9; t++) {
        const tap = transpose ? 8 - t : t;
        const from = tap * inC * outC + k * depthStep;
        for (let j = 0; j < 4; j++)
          f32.store(
            taps + <usize>((t << 4) + (j << 2)),
            first + j < columns ? f32.load(filter + ((<usize>(from + (first + j) * columnStep)) << 2)) : 0,
          );
      }
      transformFilter(taps, packed + <usize>(((chunk * depth + k) * 8 + half * 4) << 2), step, temporary);
    }
}
