import { clamp, loadLanes, madd, storeLanes } from './simd';

/**
 * A convolution in which every channel sees itself alone. One chunk is one line of results; `x` already holds the padding.
 *
 * A multiplication of matrices would compute three columns of four for nothing.
 */
export function depthwise(
  chunk: i32,
  _thread: i32,
  x: usize,
  y: usize,
  filter: usize,
  bias: usize,
  residual: usize,
  lo: f32,
  hi: f32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
): void {
  const image = chunk / outHeight;
  const row = (chunk - image * outHeight) * strideHeight;
  const pixel = <usize>(channels << 2);
  const line = <usize>width * pixel;
  const from = x + <usize>(image * height + row) * line;
  const low = f32x4.splat(lo);
  const high = f32x4.splat(hi);
  let to = y + <usize>(chunk * outWidth) * pixel;
  for (let j = 0; j < outWidth; j++, to += pixel)
    for (let c = 0; c < channels; c += 4) {
      const lanes = channels - c;
      const at = <usize>(c << 2);
      let sum = bias ? loadLanes(bias + at, lanes) : f32x4.splat(0);
      let f = filter + at;
      for (let ky = 0; ky < kernelHeight; ky++) {
        let a = from + <usize>(ky * dilationHeight) * line + <usize>(j * strideWidth) * pixel + at;
        for (let kx = 0; kx < kernelWidth; kx++, a += <usize>dilationWidth * pixel, f += pixel)
          sum = lanes >= 4 ? madd(v128.load(a), v128.load(f), sum) : madd(loadLanes(a, lanes), loadLanes(f, lanes), sum);
      }
      if (residual) sum = f32x4.add(sum, loadLanes(to + residual + at, lanes));
      storeLanes(to + at, clamp(sum, low, high), lanes);
    }
}
