/**
 * Packs a convolution's filter, HWIO, into column panels `[group][panel][tap][channel][width]`, zeros where the last
 * panel is wider than what is left. One chunk is one panel.
 *
 * With `transpose` the roles of input and output channels swap, as the gradient of the input needs: panels run over
 * `I`, sums over `O`.
 *
 * @param taps table of `tapCount` filter positions `ky * kw + kx`, in the order in which the rows hold them
 * @param inC `C / groups`, the filter's third dimension
 * @param outC all output channels, the filter's fourth dimension
 */
export function packFilter(
  chunk: i32,
  _thread: i32,
  filter: usize,
  packed: usize,
  taps: usize,
  tapCount: i32,
  inC: i32,
  outC: i32,
  groups: i32,
  width: i32,
  transpose: i32,
): void {
  const groupOut = outC / groups;
  const columns = transpose ? inC : groupOut;
  const depth = transpose ? groupOut : inC;
  const panels = (columns + width - 1) / width;
  const group = chunk / panels;
  const first = (chunk - group * panels) * width;
  const count = min(width, columns - first);
  let to = packed + <usize>(chunk * tapCount * depth * width * 4);
  for (let t = 0; t < tapCount; t++) {
    const tap = filter + <usize>(load<i32>(taps + ((<usize>t) << 2)) * inC * outC * 4);
    for (let k = 0; k < depth; k++) {
      let from: usize;
      let step: usize;
      if (transpose) {
        from = tap + <usize>((first * outC + group * groupOut + k) << 2);
        step = <usize>(outC << 2);
      } else {
        from = tap + <usize>((k * outC + group * groupOut + first) << 2);
        step = 4;
      }
      if (!transpose && count === width && (width & 3) === 0) {
        for (let j = 0; j < width; j += 4, to += 16, from += 16) v128.store(to, v128.load(from));
        continue;
      }
      for (let j = 0; j < width; j++, to += 4, from += step) f32.store(to, j < count ? f32.load(from) : 0);
    }
  }
}
