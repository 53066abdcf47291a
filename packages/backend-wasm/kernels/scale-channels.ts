import { loadLanes, storeLanes } from './simd';

/** Every channel of every image times a number of its own, `[N,P,C]` by `[N,C]`. One chunk is some pixels of any images. */
export function scaleChannels(
  chunk: i32,
  _thread: i32,
  x: usize,
  gate: usize,
  y: usize,
  pixels: i32,
  pixelsPerImage: i32,
  channels: i32,
  perChunk: i32,
): void {
  const begin = chunk * perChunk;
  const end = min(begin + perChunk, pixels);
  const bytes = <usize>(channels << 2);
  const whole = bytes & ~15;
  const rest = channels & 3;
  for (let p = begin; p < end; p++) {
    const from = x + <usize>p * bytes;
    const to = y + <usize>p * bytes;
    const by = gate + <usize>(p / pixelsPerImage) * bytes;
    for (let c: usize = 0; c < whole; c += 16) v128.store(to + c, f32x4.mul(v128.load(from + c), v128.load(by + c)));
    if (rest) storeLanes(to + whole, f32x4.mul(loadLanes(from + whole, rest), loadLanes(by + whole, rest)), rest);
  }
}
