/**
 * Adds up the splits of `filterGradient` and puts the result in HWIO. One chunk is one panel of eight output channels.
 */
export function filterSum(
  chunk: i32,
  _thread: i32,
  sums: usize,
  dw: usize,
  splits: i32,
  taps: i32,
  groups: i32,
  groupIn: i32,
  groupOut: i32,
): void {
  const inPanels = (groupIn + 3) >> 2;
  const outPanels = (groupOut + 7) >> 3;
  const panelBytes = <usize>(taps * inPanels * 128);
  const splitBytes = <usize>(groups * outPanels) * panelBytes;
  const group = chunk / outPanels;
  const first = (chunk - group * outPanels) << 3;
  const count = min(8, groupOut - first);
  let from = sums + <usize>chunk * panelBytes;
  for (let tap = 0; tap < taps; tap++)
    for (let c = 0; c < inPanels << 2; c++, from += 32) {
      if (c >= groupIn) continue;
      let low = v128.load(from);
      let high = v128.load(from, 16);
      let next = from + splitBytes;
      for (let s = 1; s < splits; s++, next += splitBytes) {
        low = f32x4.add(low, v128.load(next));
        high = f32x4.add(high, v128.load(next, 16));
      }
      const to = dw + ((<usize>((tap * groupIn + c) * groups * groupOut + group * groupOut + first)) << 2);
      if (count === 8) {
        v128.store(to, low);
        v128.store(to, high, 16);
        continue;
      }
      v128.store(from, low);
      v128.store(from, high, 16);
      for (let j = 0; j < count; j++) f32.store(to + <usize>(j << 2), f32.load(from + <usize>(j << 2)));
    }
}
