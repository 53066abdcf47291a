import { loadLanes, storeLanes } from './simd';

/** `a` where it is larger or NaN, else `b`. */
function larger(a: v128, b: v128): v128 {
  return v128.bitselect(a, b, v128.or(f32x4.gt(a, b), f32x4.ne(a, a)));
}

/**
 * The largest value under each window, where padding counts as minus infinity; or the mean of the pixels that there are. One chunk is one
 * line of results.
 */
export function pool(
  chunk: i32,
  _thread: i32,
  x: usize,
  y: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  average: bool,
): void {
  const image = chunk / outHeight;
  const row = (chunk - image * outHeight) * strideHeight - top;
  const pixel = <usize>(channels << 2);
  const from = x + <usize>(image * height * width) * pixel;
  let to = y + <usize>(chunk * outWidth) * pixel;
  const firstRow = max(0, row);
  // A window may lie outside altogether: it has no pixel, not fewer than none.
  const lastRow = max(firstRow, min(height, row + filterHeight));
  for (let j = 0; j < outWidth; j++, to += pixel) {
    const column = j * strideWidth - left;
    const first = max(0, column);
    const last = max(first, min(width, column + filterWidth));
    const count = f32x4.splat(<f32>((lastRow - firstRow) * (last - first)));
    for (let c = 0; c < channels; c += 4) {
      let result = f32x4.splat(average ? 0 : -Infinity);
      for (let i = firstRow; i < lastRow; i++)
        for (let k = first; k < last; k++) {
          const at = from + <usize>(i * width + k) * pixel + <usize>(c << 2);
          const value = channels - c >= 4 ? v128.load(at) : loadLanes(at, channels - c);
          result = average ? f32x4.add(result, value) : larger(value, result);
        }
      storeLanes(to + <usize>(c << 2), average ? f32x4.div(result, count) : result, channels - c);
    }
  }
}

/**
 * The gradient of pooling by the largest value: each window's goes to its first largest value in row-major order. One chunk is some
 * channels of one image; `dx` is zero before.
 */
export function maxPoolGradient(
  chunk: i32,
  _thread: i32,
  dy: usize,
  x: usize,
  y: usize,
  dx: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  channelChunks: i32,
  channelsPerChunk: i32,
): void {
  const image = chunk / channelChunks;
  const begin = (chunk - image * channelChunks) * channelsPerChunk;
  const end = min(begin + channelsPerChunk, channels);
  const pixel = <usize>(channels << 2);
  const from = x + <usize>(image * height * width) * pixel;
  const toDx = dx - x;
  for (let i = 0; i < outHeight; i++) {
    const row = i * strideHeight - top;
    const firstRow = max(0, row);
    const lastRow = min(height, row + filterHeight);
    for (let j = 0; j < outWidth; j++) {
      const column = j * strideWidth - left;
      const first = max(0, column);
      const last = min(width, column + filterWidth);
      const result = <usize>((image * outHeight + i) * outWidth + j) * pixel;
      for (let c = begin; c < end; c += 4) {
        const lanes = end - c;
        const best = loadLanes(y + result + <usize>(c << 2), lanes);
        const gradient = loadLanes(dy + result + <usize>(c << 2), lanes);
        // lanes whose window has not given its gradient away
        let open = i32x4.splat(-1);
        for (let r = firstRow; r < lastRow; r++)
          for (let k = first; k < last; k++) {
            const at = from + <usize>(r * width + k) * pixel + <usize>(c << 2);
            const value = loadLanes(at, lanes);
            const wins = v128.and(open, v128.or(f32x4.eq(value, best), f32x4.ne(value, value)));
            open = v128.andnot(open, wins);
            storeLanes(at + toDx, f32x4.add(loadLanes(at + toDx, lanes), v128.and(gradient, wins)), lanes);
          }
      }
    }
  }
}
