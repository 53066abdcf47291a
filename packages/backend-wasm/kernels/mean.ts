import { loadLanes, storeLanes } from './simd';
import { RUN } from './wide-sum';

/**
 * The mean over an image's pixels, `[N,P,C]` to `[N,C]`. One chunk is one image.
 *
 * A few pixels are added in float32, their sum in float64, so that the error does not grow with the pixels.
 */
export function meanOverPixels(chunk: i32, _thread: i32, x: usize, y: usize, pixels: i32, channels: i32): void {
  const step = <usize>(channels << 2);
  const run = RUN * step;
  const from = x + <usize>(chunk * pixels) * step;
  const end = from + <usize>pixels * step;
  const to = y + <usize>chunk * step;
  const scale = f64x2.splat(1.0 / <f64>pixels);
  for (let c = 0; c < channels; c += 4) {
    const lanes = channels - c;
    let w0 = f64x2.splat(0);
    let w1 = w0;
    for (let start = from + <usize>(c << 2); start < end; start += run) {
      const stop = min(start + run, end);
      let sum = f32x4.splat(0);
      if (lanes >= 4) for (let at = start; at < stop; at += step) sum = f32x4.add(sum, v128.load(at));
      else for (let at = start; at < stop; at += step) sum = f32x4.add(sum, loadLanes(at, lanes));
      w0 = f64x2.add(w0, f64x2.promote_low_f32x4(sum));
      w1 = f64x2.add(w1, f64x2.promote_low_f32x4(v128.shuffle<f32>(sum, sum, 2, 3, 2, 3)));
    }
    const low = f32x4.demote_f64x2_zero(f64x2.mul(w0, scale));
    const high = f32x4.demote_f64x2_zero(f64x2.mul(w1, scale));
    storeLanes(to + <usize>(c << 2), v128.shuffle<f32>(low, high, 0, 1, 4, 5), lanes);
  }
}
