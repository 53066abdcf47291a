import { CONST_BITS, PASS1_BITS, times } from './dct-arithmetic';

// libjpeg's jidctred.c: inverse DCTs that give the averages of 2x2, 4x4 or 8x8 pixels of a block instead of its pixels.
let o0: v128 = i32x4.splat(0);
let o1: v128 = i32x4.splat(0);
let o2: v128 = i32x4.splat(0);
let o3: v128 = i32x4.splat(0);

/** One dimension to four averages, of four columns or rows at once, into `o0` … `o3`. The fifth coefficient averages out. */
function toFour(i0: v128, i1: v128, i2: v128, i3: v128, i5: v128, i6: v128, i7: v128, shift: i32): void {
  const rounding = i32x4.splat(1 << (shift - 1));
  const even = i32x4.add(i32x4.shl(i0, CONST_BITS + 1), rounding);
  const outer = i32x4.add(times(i2, 15137), times(i6, -6270));
  const t10 = i32x4.add(even, outer);
  const t12 = i32x4.sub(even, outer);
  const t0 = i32x4.add(i32x4.add(times(i7, -1730), times(i5, 11893)), i32x4.add(times(i3, -17799), times(i1, 8697)));
  const t2 = i32x4.add(i32x4.add(times(i7, -4176), times(i5, -4926)), i32x4.add(times(i3, 7373), times(i1, 20995)));
  o0 = i32x4.shr_s(i32x4.add(t10, t2), shift);
  o3 = i32x4.shr_s(i32x4.sub(t10, t2), shift);
  o1 = i32x4.shr_s(i32x4.add(t12, t0), shift);
  o2 = i32x4.shr_s(i32x4.sub(t12, t0), shift);
}

function columnsToFour(block: usize): void {
  toFour(
    v128.load(block),
    v128.load(block, 32),
    v128.load(block, 64),
    v128.load(block, 96),
    v128.load(block, 160),
    v128.load(block, 192),
    v128.load(block, 224),
    CONST_BITS - PASS1_BITS + 1,
  );
}

/** Turns 64 coefficients (words, row by row) into 4 rows of 4 bytes. */
export function inverseDctToFour(block: usize, to: usize, step: usize): void {
  columnsToFour(block + 16);
  const h01 = i32x4.shuffle(o0, o1, 0, 4, 1, 5);
  const h23 = i32x4.shuffle(o2, o3, 0, 4, 1, 5);
  const k01 = i32x4.shuffle(o0, o1, 2, 6, 3, 7);
  const k23 = i32x4.shuffle(o2, o3, 2, 6, 3, 7);
  columnsToFour(block);
  const l01 = i32x4.shuffle(o0, o1, 0, 4, 1, 5);
  const l23 = i32x4.shuffle(o2, o3, 0, 4, 1, 5);
  const m01 = i32x4.shuffle(o0, o1, 2, 6, 3, 7);
  const m23 = i32x4.shuffle(o2, o3, 2, 6, 3, 7);
  toFour(
    i64x2.shuffle(l01, l23, 0, 2),
    i64x2.shuffle(l01, l23, 1, 3),
    i64x2.shuffle(m01, m23, 0, 2),
    i64x2.shuffle(m01, m23, 1, 3),
    i64x2.shuffle(h01, h23, 1, 3),
    i64x2.shuffle(k01, k23, 0, 2),
    i64x2.shuffle(k01, k23, 1, 3),
    CONST_BITS + PASS1_BITS + 3 + 1,
  );
  const level = i16x8.splat(128);
  const c01 = i16x8.add_sat_s(i16x8.narrow_i32x4_s(o0, o1), level);
  const c23 = i16x8.add_sat_s(i16x8.narrow_i32x4_s(o2, o3), level);
  const columns = i8x16.narrow_i16x8_u(c01, c23);
  const bytes = i8x16.shuffle(columns, columns, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  v128.store32_lane(to, bytes, 0);
  v128.store32_lane(to + step, bytes, 1);
  v128.store32_lane(to + 2 * step, bytes, 2);
  v128.store32_lane(to + 3 * step, bytes, 3);
}

/** What the odd ones of eight coefficients, `stride` bytes apart, add to the first of two averages and take from the second. */
function oddOfTwo(at: usize, stride: usize): i32 {
  return (
    load<i32>(at + 7 * stride) * -5906 +
    load<i32>(at + 5 * stride) * 6967 +
    load<i32>(at + 3 * stride) * -10426 +
    load<i32>(at + stride) * 29692
  );
}

function storeLevel(to: usize, value: i32): void {
  store<u8>(to, <u8>min(255, max(0, value + 128)));
}

/** Turns 64 coefficients (words, row by row; the first two rows are overwritten) into 2 rows of 2 bytes. */
export function inverseDctToTwo(block: usize, to: usize, step: usize): void {
  const columnShift = CONST_BITS - PASS1_BITS + 2;
  for (let x: usize = 0; x < 32; x += 4) {
    if (x !== 0 && (x & 4) === 0) continue; // even columns average out in the rows
    const odd = oddOfTwo(block + x, 32);
    const even = (load<i32>(block + x) << (CONST_BITS + 2)) + (1 << (columnShift - 1));
    store<i32>(block + x, (even + odd) >> columnShift);
    store<i32>(block + x, (even - odd) >> columnShift, 32);
  }
  const rowShift = CONST_BITS + PASS1_BITS + 3 + 2;
  for (let y: usize = 0; y < 2; y++) {
    const row = block + y * 32;
    const odd = oddOfTwo(row, 4);
    const even = (load<i32>(row) << (CONST_BITS + 2)) + (1 << (rowShift - 1));
    storeLevel(to + y * step, (even + odd) >> rowShift);
    storeLevel(to + y * step + 1, (even - odd) >> rowShift);
  }
}

/** The average of a block, `size` times `size` pixels of it. */
export function storeAverage(first: i32, size: i32, to: usize, step: usize): void {
  const value = <u8>min(255, max(0, ((first + 4) >> 3) + 128));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) store<u8>(to + <usize>x, value);
    to += step;
  }
}
