import { loadLanes } from './simd';
import { transformFilter } from './winograd-transforms';

/** A thread's scratch: 1 KiB. */
const SCRATCH_SHIFT: i32 = 10;

/** Bytes of scratch that {@link winogradFilter} takes a thread. */
export function winogradFilterScratchBytes(): i32 {
  return 1 << SCRATCH_SHIFT;
}

/**
 * Transforms a 3x3 filter, HWIO, into panels of eight columns, `[panels / 8][36][8][channel][8]`: in the
 * order in which `winograd` reads them, which is 15 % faster where they come from memory (7x7 pixels of 512 channels). One chunk is one
 * panel.
 *
 * With `transpose` the filter is turned by 180 degrees and its channels swap roles, as the gradient of the input needs.
 *
 * @param scratch of {@link winogradFilterScratchBytes} a thread
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
  const firstPanel = chunk & ~7;
  const together = min(8, panels - firstPanel);
  const step = <usize>(together * depth * 32);
  const to = packed + <usize>((firstPanel * 36 + chunk - firstPanel) * depth * 32);
  const taps = scratch + <usize>(thread << SCRATCH_SHIFT);
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
        const at = filter + ((<usize>(from + first * columnStep)) << 2);
        const count = columns - first;
        v128.store(taps + <usize>(t << 4), transpose ? gather(at, (<usize>columnStep) << 2, count) : loadLanes(at, count));
      }
      transformFilter(taps, to + <usize>((k * 8 + half * 4) << 2), step, temporary);
    }
}

/** Loads the first `count` (0 to 4) of four floats that lie `step` bytes apart, zeros in the rest. */
function gather(from: usize, step: usize, count: i32): v128 {
  let v = f32x4.splat(count > 0 ? f32.load(from) : 0);
  v = f32x4.replace_lane(v, 1, count > 1 ? f32.load(from + step) : 0);
  v = f32x4.replace_lane(v, 2, count > 2 ? f32.load(from + 2 * step) : 0);
  return f32x4.replace_lane(v, 3, count > 3 ? f32.load(from + 3 * step) : 0);
}
