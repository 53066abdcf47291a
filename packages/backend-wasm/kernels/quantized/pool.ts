import { storeLanes } from '../simd';
import { Finish } from './finish';

/** The largest number under each window, which has at least one pixel; padding is none. One chunk is one line of results. */
export function quantizedMaxPool(
  chunk: i32,
  _thread: i32,
  x: usize,
  y: usize,
  signed: bool,
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
): void {
  const image = chunk / outHeight;
  const row = (chunk - image * outHeight) * strideHeight - top;
  const from = x + <usize>(image * height * width * channels);
  let to = y + <usize>(chunk * outWidth * channels);
  const firstRow = max(0, row);
  const lastRow = min(height, row + filterHeight);
  for (let j = 0; j < outWidth; j++, to += <usize>channels) {
    const column = j * strideWidth - left;
    const first = max(0, column);
    const last = min(width, column + filterWidth);
    for (let c = 0; c < channels; c += 16) {
      let largest = v128.load(from + <usize>((firstRow * width + first) * channels + c));
      for (let i = firstRow; i < lastRow; i++)
        for (let k = first; k < last; k++) {
          const value = v128.load(from + <usize>((i * width + k) * channels + c));
          largest = signed ? i8x16.max_s(largest, value) : i8x16.max_u(largest, value);
        }
      if (channels - c >= 16) v128.store(to + <usize>c, largest);
      else {
        Finish.storeBytes(to + <usize>c, largest, channels - c);
        Finish.storeBytes(to + <usize>(c + 8), v128.shuffle<i64>(largest, largest, 1, 1), channels - c - 8);
      }
    }
  }
}

/**
 * The sum of the pixels under each window times `ratio / count`, as floats or rounded to 8 bits. One chunk is one line of results.
 *
 * @param countPadding whether the count is of all places under the window, not only of those inside the image
 */
export function quantizedAveragePool(
  chunk: i32,
  _thread: i32,
  x: usize,
  y: usize,
  signed: bool,
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
  ratio: f32,
  countPadding: bool,
  floats: bool,
  finishing: usize,
): void {
  const image = chunk / outHeight;
  const row = (chunk - image * outHeight) * strideHeight - top;
  const from = x + <usize>(image * height * width * channels);
  const number = floats ? 4 : 1;
  let to = y + <usize>(chunk * outWidth * channels * number);
  const firstRow = max(0, row);
  const lastRow = min(height, row + filterHeight);
  for (let j = 0; j < outWidth; j++, to += <usize>(channels * number)) {
    const column = j * strideWidth - left;
    const first = max(0, column);
    const last = min(width, column + filterWidth);
    const count = countPadding ? filterHeight * filterWidth : (lastRow - firstRow) * (last - first);
    const by = f32x4.splat(ratio / <f32>count);
    for (let c = 0; c < channels; c += 8) {
      let low = i32x4.splat(0);
      let high = i32x4.splat(0);
      for (let i = firstRow; i < lastRow; i++)
        for (let k = first; k < last; k++) {
          const at = from + <usize>((i * width + k) * channels + c);
          const q = signed ? v128.load_ext<i8>(at) : v128.load_ext<u8>(at);
          low = i32x4.add(low, i32x4.extend_low_i16x8_s(q));
          high = i32x4.add(high, i32x4.extend_high_i16x8_s(q));
        }
      const a = f32x4.mul(f32x4.convert_i32x4_s(low), by);
      const b = f32x4.mul(f32x4.convert_i32x4_s(high), by);
      if (floats) {
        storeLanes(to + <usize>(c << 2), a, channels - c);
        storeLanes(to + <usize>((c + 4) << 2), b, channels - c - 4);
      } else Finish.storeBytes(to + <usize>c, Finish.toBytes(a, b, finishing), channels - c);
    }
  }
}
