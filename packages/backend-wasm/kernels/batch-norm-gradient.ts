import { loadLanes, madd, storeLanes } from './simd';
import { RUN, wideBytes, widen } from './wide-sum';

// A ReLU that follows the norm has its gradient in the same passes: `dy` counts where the ReLU's result `y` is not at or below 0. Without one
// `y` is 0. The loops are compiled twice, for R = f32 with and R = i32 without a ReLU: to look at a mask costs them half as much again.

function gradientAt<R>(dy: usize, toY: usize): v128 {
  const gradient = v128.load(dy);
  return isFloat<R>() ? v128.andnot(gradient, f32x4.le(v128.load(dy + toY), f32x4.splat(0))) : gradient;
}

function lanesAt<R>(dy: usize, toY: usize, lanes: i32): v128 {
  const gradient = loadLanes(dy, lanes);
  return isFloat<R>() ? v128.andnot(gradient, f32x4.le(loadLanes(dy + toY, lanes), f32x4.splat(0))) : gradient;
}

/**
 * Sums of `dy` and of `dy * (x - mean)` for each channel of one chunk of pixels, in float64 into `partial[chunk][2][C4]`, where
 * C4 is the channels rounded up to whole vectors.
 */
export function batchNormGradientPartial(
  chunk: i32,
  _thread: i32,
  dy: usize,
  x: usize,
  y: usize,
  mean: usize,
  partial: usize,
  pixels: i32,
  channels: i32,
  perChunk: i32,
): void {
  if (y) gradientPartial<f32>(chunk, dy, x, y, mean, partial, pixels, channels, perChunk);
  else gradientPartial<i32>(chunk, dy, x, y, mean, partial, pixels, channels, perChunk);
}

function gradientPartial<R>(
  chunk: i32,
  dy: usize,
  x: usize,
  y: usize,
  mean: usize,
  partial: usize,
  pixels: i32,
  channels: i32,
  perChunk: i32,
): void {
  const begin = chunk * perChunk;
  const step = <usize>(channels << 2);
  const run = RUN * step;
  const from = dy + <usize>begin * step;
  const end = from + <usize>min(perChunk, pixels - begin) * step;
  const toX = x - dy;
  const toY = y - dy;
  const wide = wideBytes(channels);
  const sums = partial + <usize>chunk * 2 * wide;
  memory.fill(sums, 0, 2 * wide);
  let c = 0;
  for (; c + 8 <= channels; c += 8) {
    const to = sums + <usize>(c << 3);
    const m0 = v128.load(mean + <usize>(c << 2));
    const m1 = v128.load(mean + <usize>(c << 2), 16);
    for (let start = from + <usize>(c << 2); start < end; start += run) {
      const stop = min(start + run, end);
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let p0 = s0;
      let p1 = s0;
      for (let at = start; at < stop; at += step) {
        const d0 = gradientAt<R>(at, toY);
        const d1 = gradientAt<R>(at + 16, toY);
        s0 = f32x4.add(s0, d0);
        s1 = f32x4.add(s1, d1);
        p0 = madd(d0, f32x4.sub(v128.load(at + toX), m0), p0);
        p1 = madd(d1, f32x4.sub(v128.load(at + toX, 16), m1), p1);
      }
      widen(to, s0);
      widen(to + 32, s1);
      widen(to + wide, p0);
      widen(to + wide + 32, p1);
    }
  }
  for (; c < channels; c += 4) {
    const lanes = channels - c;
    const to = sums + <usize>(c << 3);
    const m = loadLanes(mean + <usize>(c << 2), lanes);
    for (let start = from + <usize>(c << 2); start < end; start += run) {
      const stop = min(start + run, end);
      let s = f32x4.splat(0);
      let p = s;
      for (let at = start; at < stop; at += step) {
        const d = lanesAt<R>(at, toY, lanes);
        s = f32x4.add(s, d);
        p = madd(d, f32x4.sub(loadLanes(at + toX, lanes), m), p);
      }
      widen(to, s);
      widen(to + wide, p);
    }
  }
}

/**
 * Adds up the chunks' sums: `dScale`, `dOffset`, and the `coefficients[3][C]` of
 * `dx = k0 * (dy - k1 - k2 * (x - mean))`: with few pixels its terms nearly cancel, so nothing is rounded before they are
 * subtracted. One chunk is all the work.
 */
export function batchNormGradientSums(
  _chunk: i32,
  _thread: i32,
  partial: usize,
  scale: usize,
  variance: usize,
  dScale: usize,
  dOffset: usize,
  coefficients: usize,
  epsilon: f64,
  pixels: i32,
  channels: i32,
  perChunk: i32,
): void {
  const step = <usize>(channels << 2);
  const wide = wideBytes(channels);
  for (let c = 0; c < channels; c++) {
    const at = <usize>(c << 2);
    let from = partial + <usize>(c << 3);
    let sum: f64 = 0;
    let product: f64 = 0;
    for (let begin = 0; begin < pixels; begin += perChunk, from += 2 * wide) {
      sum += f64.load(from);
      product += f64.load(from + wide);
    }
    const inverse = 1 / sqrt<f64>(<f64>f32.load(variance + at) + epsilon);
    const factor = <f64>f32.load(scale + at) * inverse;
    f32.store(dScale + at, <f32>(product * inverse));
    f32.store(dOffset + at, <f32>sum);
    f32.store(coefficients + at, <f32>factor);
    f32.store(coefficients + step + at, <f32>(sum / <f64>pixels));
    f32.store(coefficients + 2 * step + at, <f32>((inverse * inverse * product) / <f64>pixels));
  }
}

/** `dx = k0 * (dy - k1 - k2 * (x - mean))` for one chunk of pixels. */
export function batchNormGradientApply(
  chunk: i32,
  _thread: i32,
  dy: usize,
  x: usize,
  y: usize,
  dx: usize,
  mean: usize,
  coefficients: usize,
  pixels: i32,
  channels: i32,
  perChunk: i32,
): void {
  if (y) gradientApply<f32>(chunk, dy, x, y, dx, mean, coefficients, pixels, channels, perChunk);
  else gradientApply<i32>(chunk, dy, x, y, dx, mean, coefficients, pixels, channels, perChunk);
}

function gradientApply<R>(
  chunk: i32,
  dy: usize,
  x: usize,
  y: usize,
  dx: usize,
  mean: usize,
  coefficients: usize,
  pixels: i32,
  channels: i32,
  perChunk: i32,
): void {
  const begin = chunk * perChunk;
  const step = <usize>(channels << 2);
  let from = dy + <usize>begin * step;
  const end = from + <usize>min(perChunk, pixels - begin) * step;
  const toX = x - dy;
  const toY = y - dy;
  const toDx = dx - dy;
  const k0 = coefficients;
  const k1 = k0 + step;
  const k2 = k1 + step;
  const whole = <usize>((channels & ~3) << 2);
  const rest = channels & 3;
  for (; from < end; from += step) {
    for (let c: usize = 0; c < whole; c += 16) {
      const centred = f32x4.sub(v128.load(from + toX + c), v128.load(mean + c));
      const kept = f32x4.sub(gradientAt<R>(from + c, toY), v128.load(k1 + c));
      v128.store(from + toDx + c, f32x4.mul(v128.load(k0 + c), f32x4.sub(kept, f32x4.mul(v128.load(k2 + c), centred))));
    }
    if (rest) {
      const centred = f32x4.sub(loadLanes(from + toX + whole, rest), loadLanes(mean + whole, rest));
      const d = lanesAt<R>(from + whole, toY, rest);
      const kept = f32x4.sub(d, loadLanes(k1 + whole, rest));
      const dx = f32x4.sub(kept, f32x4.mul(loadLanes(k2 + whole, rest), centred));
      storeLanes(from + toDx + whole, f32x4.mul(loadLanes(k0 + whole, rest), dx), rest);
    }
  }
}
