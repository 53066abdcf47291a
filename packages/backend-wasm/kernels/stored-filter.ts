/** Output channels that one chunk moves: a cache line of the result. */
const CHANNELS = 16;

/** So many chunks there are. */
export function storedFilterChunks(outC: i32): i32 {
  return (outC + CHANNELS - 1) / CHANNELS;
}

/**
 * Brings a filter from PyTorch's order, OIHW, to HWIO, each output channel times a number of its own. One chunk is some output channels.
 *
 * @param scale of `outC` floats, or 0: nothing is scaled
 * @param taps height times width
 */
export function storedFilter(chunk: i32, _thread: i32, values: usize, scale: usize, filter: usize, outC: i32, inC: i32, taps: i32): void {
  const first = chunk * CHANNELS;
  const end = min(first + CHANNELS, outC);
  const rest = inC * taps;
  const rowBytes = (<usize>rest) << 2;
  const whole = rest & ~3;
  const wholeEnd = first + ((end - first) & ~3);
  for (let r = 0; r < whole; r += 4) {
    const to0 = place(r, filter, outC, inC, taps);
    const to1 = place(r + 1, filter, outC, inC, taps);
    const to2 = place(r + 2, filter, outC, inC, taps);
    const to3 = place(r + 3, filter, outC, inC, taps);
    let from = values + <usize>first * rowBytes + ((<usize>r) << 2);
    for (let o = first; o < wholeEnd; o += 4, from += 4 * rowBytes) {
      const a = v128.load(from);
      const b = v128.load(from + rowBytes);
      const c = v128.load(from + 2 * rowBytes);
      const d = v128.load(from + 3 * rowBytes);
      const ab01 = i32x4.shuffle(a, b, 0, 4, 1, 5);
      const ab23 = i32x4.shuffle(a, b, 2, 6, 3, 7);
      const cd01 = i32x4.shuffle(c, d, 0, 4, 1, 5);
      const cd23 = i32x4.shuffle(c, d, 2, 6, 3, 7);
      const by = scale ? v128.load(scale + ((<usize>o) << 2)) : f32x4.splat(1);
      const at = (<usize>o) << 2;
      v128.store(to0 + at, f32x4.mul(i64x2.shuffle(ab01, cd01, 0, 2), by));
      v128.store(to1 + at, f32x4.mul(i64x2.shuffle(ab01, cd01, 1, 3), by));
      v128.store(to2 + at, f32x4.mul(i64x2.shuffle(ab23, cd23, 0, 2), by));
      v128.store(to3 + at, f32x4.mul(i64x2.shuffle(ab23, cd23, 1, 3), by));
    }
  }
  for (let o = first; o < end; o++) {
    const by: f32 = scale ? load<f32>(scale + ((<usize>o) << 2)) : 1;
    const from = values + <usize>o * rowBytes;
    for (let r = o < wholeEnd ? whole : 0; r < rest; r++)
      store<f32>(place(r, filter, outC, inC, taps) + ((<usize>o) << 2), load<f32>(from + ((<usize>r) << 2)) * by);
  }
}

/** Where the values of all output channels begin for one input channel and tap; `r` counts the taps of one channel after the other. */
function place(r: i32, filter: usize, outC: i32, inC: i32, taps: i32): usize {
  const channel = r / taps;
  return filter + ((<usize>((r - channel * taps) * inC + channel) * <usize>outC) << 2);
}
