import { loadLanes, storeLanes } from './simd';

// Each takes `count` floats, `perChunk` (a multiple of four) a chunk.

/** `result = max(factor * a + b, 0)`, the product rounded before it is added; NaN stays. */
export function addRelu(chunk: i32, _thread: i32, a: usize, b: usize, result: usize, factor: f32, count: i32, perChunk: i32): void {
  const begin = chunk * perChunk;
  const end = min(begin + perChunk, count);
  const zero = f32x4.splat(0);
  const k = f32x4.splat(factor);
  let i = begin;
  for (; i + 4 <= end; i += 4) {
    const at = (<usize>i) << 2;
    v128.store(result + at, f32x4.pmax(f32x4.add(f32x4.mul(v128.load(a + at), k), v128.load(b + at)), zero));
  }
  const at = (<usize>i) << 2;
  const sum = f32x4.add(f32x4.mul(loadLanes(a + at, end - i), k), loadLanes(b + at, end - i));
  storeLanes(result + at, f32x4.pmax(sum, zero), end - i);
}

/** `result = a + b`. */
export function add(chunk: i32, _thread: i32, a: usize, b: usize, result: usize, count: i32, perChunk: i32): void {
  const begin = chunk * perChunk;
  const end = min(begin + perChunk, count);
  let i = begin;
  for (; i + 4 <= end; i += 4) {
    const at = (<usize>i) << 2;
    v128.store(result + at, f32x4.add(v128.load(a + at), v128.load(b + at)));
  }
  const at = (<usize>i) << 2;
  storeLanes(result + at, f32x4.add(loadLanes(a + at, end - i), loadLanes(b + at, end - i)), end - i);
}

/** `result = max(x, 0)`; NaN stays. */
export function relu(chunk: i32, _thread: i32, x: usize, result: usize, count: i32, perChunk: i32): void {
  const begin = chunk * perChunk;
  const end = min(begin + perChunk, count);
  const zero = f32x4.splat(0);
  let i = begin;
  for (; i + 4 <= end; i += 4) v128.store(result + ((<usize>i) << 2), f32x4.pmax(v128.load(x + ((<usize>i) << 2)), zero));
  storeLanes(result + ((<usize>i) << 2), f32x4.pmax(loadLanes(x + ((<usize>i) << 2), end - i), zero), end - i);
}

/** `result = dy` where `y` is not at or below 0 (so also where it is NaN), 0 elsewhere. */
export function reluGradient(chunk: i32, _thread: i32, dy: usize, y: usize, result: usize, count: i32, perChunk: i32): void {
  const begin = chunk * perChunk;
  const end = min(begin + perChunk, count);
  const zero = f32x4.splat(0);
  let i = begin;
  for (; i + 4 <= end; i += 4) {
    const at = (<usize>i) << 2;
    v128.store(result + at, v128.andnot(v128.load(dy + at), f32x4.le(v128.load(y + at), zero)));
  }
  const at = (<usize>i) << 2;
  storeLanes(result + at, v128.andnot(loadLanes(dy + at, end - i), f32x4.le(loadLanes(y + at, end - i), zero)), end - i);
}

/** {@link reluGradient}, and `scaled = factor * result` beside it. */
export function reluGradients(
  chunk: i32,
  _thread: i32,
  dy: usize,
  y: usize,
  result: usize,
  scaled: usize,
  factor: f32,
  count: i32,
  perChunk: i32,
): void {
  const begin = chunk * perChunk;
  const end = min(begin + perChunk, count);
  const zero = f32x4.splat(0);
  const k = f32x4.splat(factor);
  let i = begin;
  for (; i + 4 <= end; i += 4) {
    const at = (<usize>i) << 2;
    const gradient = v128.andnot(v128.load(dy + at), f32x4.le(v128.load(y + at), zero));
    v128.store(result + at, gradient);
    v128.store(scaled + at, f32x4.mul(gradient, k));
  }
  const at = (<usize>i) << 2;
  const gradient = v128.andnot(loadLanes(dy + at, end - i), f32x4.le(loadLanes(y + at, end - i), zero));
  storeLanes(result + at, gradient, end - i);
  storeLanes(scaled + at, f32x4.mul(gradient, k), end - i);
}

/** `result = 1 / (1 + exp(-x))`, in double precision: what it is for, gates of channels, is few. */
export function sigmoid(chunk: i32, _thread: i32, x: usize, result: usize, count: i32, perChunk: i32): void {
  const begin = chunk * perChunk;
  const end = min(begin + perChunk, count);
  for (let i = begin; i < end; i++) {
    const at = (<usize>i) << 2;
    f32.store(result + at, <f32>(1.0 / (1.0 + exp(-(<f64>f32.load(x + at))))));
  }
}

/** The logarithm of 2 in two parts: the first has zeros at its end, so that a multiple of it by a small whole number is exact. */
const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 0.00000000019082149292705877;

/**
 * exp(x) to double precision, but for some last bits. The compiler's own has a table, which would be written over what tfjs keeps at
 * that place of its memory.
 */
function exp(x: f64): f64 {
  if (!(x <= 709.8)) return x > 709.8 ? Infinity : x; // NaN stays
  if (x < -745.2) return 0;
  const exponent = nearest(x * Math.LOG2E);
  const rest = x - exponent * LN2_HIGH - exponent * LN2_LOW; // at most ln 2 / 2: thirteen terms of the series are enough
  let sum: f64 = 1;
  for (let i: f64 = 13; i > 0; i--) sum = 1 + (rest * sum) / i;
  // In two steps: the power of the smallest numbers is itself too small to be one number.
  const half = <i64>exponent >> 1;
  return sum * powerOfTwo(half) * powerOfTwo(<i64>exponent - half);
}

function powerOfTwo(exponent: i64): f64 {
  return reinterpret<f64>((exponent + 1023) << 52);
}
