import { loadLanes, storeLanes } from '../simd';
import { Finish } from './finish';

// A chunk is `perChunk` numbers, a multiple of eight. What is read of 8-bit numbers may be up to seven beyond them, as arenas allow.

/** Floats to 8 bits: clamp(nearestEven(x / scale)), and 0 for what is not a number. */
export function quantize(chunk: i32, _thread: i32, x: usize, y: usize, count: i32, perChunk: i32, scale: f32, finishing: usize): void {
  const end = min((chunk + 1) * perChunk, count);
  const by = f32x4.splat(scale);
  for (let i = chunk * perChunk; i < end; i += 8) {
    const from = x + ((<usize>i) << 2);
    const low = f32x4.div(loadLanes(from, end - i), by);
    const high = f32x4.div(loadLanes(from + 16, end - i - 4), by);
    const bytes = Finish.toBytes(v128.and(low, f32x4.eq(low, low)), v128.and(high, f32x4.eq(high, high)), finishing);
    Finish.storeBytes(y + <usize>i, bytes, end - i);
  }
}

/** 8 bits to floats. */
export function dequantize(chunk: i32, _thread: i32, x: usize, y: usize, count: i32, perChunk: i32, scale: f32, signed: bool): void {
  const end = min((chunk + 1) * perChunk, count);
  const by = f32x4.splat(scale);
  for (let i = chunk * perChunk; i < end; i += 8) {
    const q = Finish.load8(x + <usize>i, signed);
    const to = y + ((<usize>i) << 2);
    storeLanes(to, f32x4.mul(Finish.lowFloats(q), by), end - i);
    storeLanes(to + 16, f32x4.mul(Finish.highFloats(q), by), end - i - 4);
  }
}

/** clamp(nearestEven(a * aFactor + b * bFactor)) */
export function quantizedAdd(
  chunk: i32,
  _thread: i32,
  a: usize,
  b: usize,
  y: usize,
  count: i32,
  perChunk: i32,
  aFactor: f32,
  bFactor: f32,
  aSigned: bool,
  bSigned: bool,
  finishing: usize,
): void {
  const end = min((chunk + 1) * perChunk, count);
  const byA = f32x4.splat(aFactor);
  const byB = f32x4.splat(bFactor);
  for (let i = chunk * perChunk; i < end; i += 8) {
    const p = Finish.load8(a + <usize>i, aSigned);
    const q = Finish.load8(b + <usize>i, bSigned);
    const low = f32x4.add(f32x4.mul(Finish.lowFloats(p), byA), f32x4.mul(Finish.lowFloats(q), byB));
    const high = f32x4.add(f32x4.mul(Finish.highFloats(p), byA), f32x4.mul(Finish.highFloats(q), byB));
    Finish.storeBytes(y + <usize>i, Finish.toBytes(low, high, finishing), end - i);
  }
}
