import { loadLanes, madd, storeLanes } from './simd';
import { narrow, RUN, wideBytes, widen } from './wide-sum';

/** Bytes of what {@link batchNormPartial}, and its gradient's likewise, leave of all chunks. */
export function batchNormPartialBytes(chunks: i32, channels: i32): i32 {
  return chunks * <i32>(2 * wideBytes(channels));
}

/**
 * Sum and sum of squared distances from the mean, for each channel of one chunk of pixels, in float64 into
 * `partial[chunk][2][C4]`, where C4 is the channels rounded up to whole vectors.
 *
 * A chunk fits in the second-level cache, so the second look at it is cheap: memory is read once, and nothing cancels
 * as it would in E[x²] - E[x]². Chan, Golub & LeVeque 1983 show how `batchNormStatistics` joins the chunks.
 */
export function batchNormPartial(chunk: i32, _thread: i32, x: usize, partial: usize, pixels: i32, channels: i32, perChunk: i32): void {
  const begin = chunk * perChunk;
  const count = min(perChunk, pixels - begin);
  const step = <usize>(channels << 2);
  const run = RUN * step;
  const from = x + <usize>begin * step;
  const end = from + <usize>count * step;
  const wide = wideBytes(channels);
  const sums = partial + <usize>chunk * 2 * wide;
  memory.fill(sums, 0, 2 * wide);
  const scale = 1.0 / <f64>count;
  let c = 0;
  for (; c + 16 <= channels; c += 16) {
    const first = from + <usize>(c << 2);
    const sum = sums + <usize>(c << 3);
    for (let start = first; start < end; start += run) {
      const stop = min(start + run, end);
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      for (let at = start; at < stop; at += step) {
        s0 = f32x4.add(s0, v128.load(at));
        s1 = f32x4.add(s1, v128.load(at, 16));
        s2 = f32x4.add(s2, v128.load(at, 32));
        s3 = f32x4.add(s3, v128.load(at, 48));
      }
      widen(sum, s0);
      widen(sum + 32, s1);
      widen(sum + 64, s2);
      widen(sum + 96, s3);
    }
    const m0 = narrow(sum, scale);
    const m1 = narrow(sum + 32, scale);
    const m2 = narrow(sum + 64, scale);
    const m3 = narrow(sum + 96, scale);
    const squares = sum + wide;
    for (let start = first; start < end; start += run) {
      const stop = min(start + run, end);
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      for (let at = start; at < stop; at += step) {
        const d0 = f32x4.sub(v128.load(at), m0);
        const d1 = f32x4.sub(v128.load(at, 16), m1);
        const d2 = f32x4.sub(v128.load(at, 32), m2);
        const d3 = f32x4.sub(v128.load(at, 48), m3);
        s0 = madd(d0, d0, s0);
        s1 = madd(d1, d1, s1);
        s2 = madd(d2, d2, s2);
        s3 = madd(d3, d3, s3);
      }
      widen(squares, s0);
      widen(squares + 32, s1);
      widen(squares + 64, s2);
      widen(squares + 96, s3);
    }
  }
  for (; c < channels; c += 4) {
    const lanes = channels - c;
    const first = from + <usize>(c << 2);
    const sum = sums + <usize>(c << 3);
    for (let start = first; start < end; start += run) {
      const stop = min(start + run, end);
      let s = f32x4.splat(0);
      for (let at = start; at < stop; at += step) s = f32x4.add(s, loadLanes(at, lanes));
      widen(sum, s);
    }
    const mean = narrow(sum, scale);
    for (let start = first; start < end; start += run) {
      const stop = min(start + run, end);
      let s = f32x4.splat(0);
      for (let at = start; at < stop; at += step) {
        const d = f32x4.sub(loadLanes(at, lanes), mean);
        s = madd(d, d, s);
      }
      widen(sum + wide, s);
    }
  }
}

/**
 * Joins the chunks' statistics into `mean` and biased `variance`, and writes `coefficients[2][C]` of
 * `y = (x - mean) * factor + shift`: factor is scale / sqrt(variance + epsilon), and shift the offset with what rounding the
 * mean to float32 left over. One chunk is all the work; it is little.
 */
export function batchNormStatistics(
  _chunk: i32,
  _thread: i32,
  partial: usize,
  scale: usize,
  offset: usize,
  mean: usize,
  variance: usize,
  coefficients: usize,
  epsilon: f64,
  pixels: i32,
  channels: i32,
  perChunk: i32,
): void {
  const wide = wideBytes(channels);
  for (let c = 0; c < channels; c++) {
    let at = partial + <usize>(c << 3);
    let count: f64 = 0;
    let average: f64 = 0;
    let squares: f64 = 0;
    for (let begin = 0; begin < pixels; begin += perChunk, at += 2 * wide) {
      const more = <f64>min(perChunk, pixels - begin);
      const delta = f64.load(at) / more - average;
      const total = count + more;
      average += (delta * more) / total;
      squares += f64.load(at + wide) + (delta * delta * count * more) / total;
      count = total;
    }
    const biased = squares / count;
    const rounded = <f32>average;
    const to = <usize>(c << 2);
    const factor = <f64>f32.load(scale + to) / sqrt<f64>(biased + epsilon);
    f32.store(mean + to, rounded);
    f32.store(variance + to, <f32>biased);
    f32.store(coefficients + to, <f32>factor);
    f32.store(coefficients + <usize>(channels << 2) + to, <f32>(<f64>f32.load(offset + to) + (<f64>rounded - average) * factor));
  }
}

/** The factor and shift of `y = (x - mean) * factor + shift` by given statistics; no scale is 1, no offset 0. One chunk is all. */
export function batchNormFactors(
  _chunk: i32,
  _thread: i32,
  variance: usize,
  scale: usize,
  offset: usize,
  factor: usize,
  shift: usize,
  epsilon: f64,
  channels: i32,
): void {
  for (let c: usize = 0; c < <usize>(channels << 2); c += 4) {
    const s: f64 = scale ? f32.load(scale + c) : 1;
    f32.store(factor + c, <f32>(s / sqrt<f64>(<f64>f32.load(variance + c) + epsilon)));
    f32.store(shift + c, offset ? f32.load(offset + c) : 0);
  }
}

/**
 * `y = (x - mean) * factor + shift`, but `lo` where it is less, for one chunk of pixels of images side by side.
 *
 * @param sources address and bytes a pixel of each image, two integers
 */
export function batchNormApply(
  chunk: i32,
  _thread: i32,
  sources: usize,
  count: i32,
  y: usize,
  mean: usize,
  factor: usize,
  shift: usize,
  lo: f32,
  pixels: i32,
  channels: i32,
  perChunk: i32,
): void {
  const begin = <usize>(chunk * perChunk);
  const rows = <usize>min(perChunk, pixels - chunk * perChunk);
  const step = <usize>(channels << 2);
  const least = f32x4.splat(lo);
  let first = y + begin * step;
  for (const end = sources + ((<usize>count) << 3); sources < end; sources += 8) {
    const bytes = <usize>load<u32>(sources, 4);
    const whole = bytes & ~15;
    const rest = <i32>((bytes & 15) >> 2);
    let from = <usize>load<u32>(sources) + begin * bytes;
    let to = first;
    for (const last = from + rows * bytes; from < last; from += bytes, to += step) {
      for (let c: usize = 0; c < whole; c += 16) {
        const centred = f32x4.sub(v128.load(from + c), v128.load(mean + c));
        v128.store(to + c, f32x4.pmax(madd(centred, v128.load(factor + c), v128.load(shift + c)), least));
      }
      if (rest) {
        const centred = f32x4.sub(loadLanes(from + whole, rest), loadLanes(mean + whole, rest));
        storeLanes(to + whole, f32x4.pmax(madd(centred, loadLanes(factor + whole, rest), loadLanes(shift + whole, rest)), least), rest);
      }
    }
    first += bytes;
    mean += bytes;
    factor += bytes;
    shift += bytes;
  }
}
