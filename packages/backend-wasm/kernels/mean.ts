import { loadLanes, storeLanes } from './simd';

/** The mean over an image's pixels, `[N,P,C]` to `[N,C]`. One chunk is one image. */
export function meanOverPixels(chunk: i32, _thread: i32, x: usize, y: usize, pixels: i32, channels: i32): void {
  const step = <usize>(channels << 2);
  const from = x + <usize>(chunk * pixels) * step;
  const end = from + <usize>pixels * step;
  const to = y + <usize>chunk * step;
  const scale = f32x4.splat(1.0 / <f32>pixels);
  for (let c = 0; c < channels; c += 8) {
    let low = f32x4.splat(0);
    let high = low;
    const lanes = channels - c;
    if (lanes >= 8)
      for (let at = from + <usize>(c << 2); at < end; at += step) {
        low = f32x4.add(low, v128.load(at));
        high = f32x4.add(high, v128.load(at, 16));
      }
    else
      for (let at = from + <usize>(c << 2); at < end; at += step) {
        low = f32x4.add(low, loadLanes(at, lanes));
        high = f32x4.add(high, loadLanes(at + 16, lanes - 4));
      }
    storeLanes(to + <usize>(c << 2), f32x4.mul(low, scale), lanes);
    storeLanes(to + <usize>((c + 4) << 2), f32x4.mul(high, scale), lanes - 4);
  }
}
