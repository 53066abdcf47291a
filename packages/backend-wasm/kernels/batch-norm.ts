import { loadLanes, storeLanes } from './simd';

/**
 * Mean and sum of squared distances from it, for each channel of one chunk of pixels, into `partial[chunk][2][C]`.
 *
 * A chunk fits in the second-level cache, so the second look at it is cheap: memory is read once, and nothing cancels
 * as it would in E[x²] - E[x]². Chan, Golub & LeVeque 1983 show how `batchNormStatistics` joins the chunks.
 */
export function batchNormPartial(chunk: i32, _thread: i32, x: usize, partial: usize, pixels: i32, channels: i32, perChunk: i32): void {
  const begin = chunk * perChunk;
  const count = min(perChunk, pixels - begin);
  const step = <usize>(channels << 2);
  const from = x + <usize>begin * step;
  const end = from + <usize>count * step;
  const means = partial + <usize>chunk * 2 * step;
  const scale = f32x4.splat(1.0 / <f32>count);
  let c = 0;
  for (; c + 16 <= channels; c += 16) {
    const first = from + <usize>(c << 2);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let at = first; at < end; at += step) {
      s0 = f32x4.add(s0, v128.load(at));
      s1 = f32x4.add(s1, v128.load(at, 16));
      s2 = f32x4.add(s2, v128.load(at, 32));
      s3 = f32x4.add(s3, v128.load(at, 48));
    }
    const m0 = f32x4.mul(s0, scale);
    const m1 = f32x4.mul(s1, scale);
    const m2 = f32x4.mul(s2, scale);
    const m3 = f32x4.mul(s3, scale);
    s0 = f32x4.splat(0);
    s1 = s0;
    s2 = s0;
    s3 = s0;
    for (let at = first; at < end; at += step) {
      const d0 = f32x4.sub(v128.load(at), m0);
      const d1 = f32x4.sub(v128.load(at, 16), m1);
      const d2 = f32x4.sub(v128.load(at, 32), m2);
      const d3 = f32x4.sub(v128.load(at, 48), m3);
      s0 = f32x4.add(s0, f32x4.mul(d0, d0));
      s1 = f32x4.add(s1, f32x4.mul(d1, d1));
      s2 = f32x4.add(s2, f32x4.mul(d2, d2));
      s3 = f32x4.add(s3, f32x4.mul(d3, d3));
    }
    const to = means + <usize>(c << 2);
    v128.store(to, m0);
    v128.store(to, m1, 16);
    v128.store(to, m2, 32);
    v128.store(to, m3, 48);
    v128.store(to + step, s0);
    v128.store(to + step, s1, 16);
    v128.store(to + step, s2, 32);
    v128.store(to + step, s3, 48);
  }
  for (; c < channels; c += 4) {
    const lanes = channels - c;
    let sum = f32x4.splat(0);
    for (let at = from + <usize>(c << 2); at < end; at += step) sum = f32x4.add(sum, loadLanes(at, lanes));
    const mean = f32x4.mul(sum, scale);
    sum = f32x4.splat(0);
    for (let at = from + <usize>(c << 2); at < end; at += step) {
      const d = f32x4.sub(loadLanes(at, lanes), mean);
      sum = f32x4.add(sum, f32x4.mul(d, d));
    }
    storeLanes(means + <usize>(c << 2), mean, lanes);
    storeLanes(means + step + <usize>(c << 2), sum, lanes);
  }
}

/**
 * Joins the chunks' statistics into `mean` and biased `variance`, and writes `factor`, scale / sqrt(variance + epsilon).
 * One chunk is all the work; it is little.
 */
export function batchNormStatistics(
  _chunk: i32,
  _thread: i32,
  partial: usize,
  scale: usize,
  mean: usize,
  variance: usize,
  factor: usize,
  epsilon: f64,
  pixels: i32,
  channels: i32,
  perChunk: i32,
): void {
  const step = <usize>(channels << 2);
  for (let c = 0; c < channels; c++) {
    let at = partial + <usize>(c << 2);
    let count: f64 = 0;
    let average: f64 = 0;
    let squares: f64 = 0;
    for (let begin = 0; begin < pixels; begin += perChunk, at += 2 * step) {
      const more = <f64>min(perChunk, pixels - begin);
      const delta = <f64>f32.load(at) - average;
      const total = count + more;
      average += (delta * more) / total;
      squares += <f64>f32.load(at + step) + (delta * delta * count * more) / total;
      count = total;
    }
    const biased = squares / count;
    f32.store(mean + <usize>(c << 2), <f32>average);
    f32.store(variance + <usize>(c << 2), <f32>biased);
    f32.store(factor + <usize>(c << 2), <f32>(<f64>f32.load(scale + <usize>(c << 2)) / sqrt<f64>(biased + epsilon)));
  }
}

/** `y = (x - mean) * factor + offset` for one chunk of pixels. */
export function batchNormApply(
  chunk: i32,
  _thread: i32,
  x: usize,
  y: usize,
  mean: usize,
  factor: usize,
  offset: usize,
  pixels: i32,
  channels: i32,
  perChunk: i32,
): void {
  const begin = chunk * perChunk;
  const step = <usize>(channels << 2);
  let from = x + <usize>begin * step;
  let to = y + <usize>begin * step;
  const end = from + <usize>min(perChunk, pixels - begin) * step;
  const whole = <usize>((channels & ~3) << 2);
  const rest = channels & 3;
  for (; from < end; from += step, to += step) {
    for (let c: usize = 0; c < whole; c += 16)
      v128.store(
        to + c,
        f32x4.add(f32x4.mul(f32x4.sub(v128.load(from + c), v128.load(mean + c)), v128.load(factor + c)), v128.load(offset + c)),
      );
    if (rest)
      storeLanes(
        to + whole,
        f32x4.add(
          f32x4.mul(f32x4.sub(loadLanes(from + whole, rest), loadLanes(mean + whole, rest)), loadLanes(factor + whole, rest)),
          loadLanes(offset + whole, rest),
        ),
        rest,
      );
  }
}
