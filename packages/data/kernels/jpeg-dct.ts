import { CONST_BITS, PASS1_BITS, times } from './dct-arithmetic';

// libjpeg's jidctint.c: an accurate integer inverse DCT, columns first, then rows; four at a time.
let o0: v128 = i32x4.splat(0);
let o1: v128 = i32x4.splat(0);
let o2: v128 = i32x4.splat(0);
let o3: v128 = i32x4.splat(0);
let o4: v128 = i32x4.splat(0);
let o5: v128 = i32x4.splat(0);
let o6: v128 = i32x4.splat(0);
let o7: v128 = i32x4.splat(0);

/** One dimension, of four columns or rows at once, into `o0` … `o7`. */
function pass(i0: v128, i1: v128, i2: v128, i3: v128, i4: v128, i5: v128, i6: v128, i7: v128, shift: i32): void {
  const rounding = i32x4.splat(1 << (shift - 1));
  let z1 = times(i32x4.add(i2, i6), 4433);
  const t2 = i32x4.add(z1, times(i6, -15137));
  const t3 = i32x4.add(z1, times(i2, 6270));
  const t0 = i32x4.add(i32x4.shl(i32x4.add(i0, i4), CONST_BITS), rounding);
  const t1 = i32x4.add(i32x4.shl(i32x4.sub(i0, i4), CONST_BITS), rounding);
  const t10 = i32x4.add(t0, t3);
  const t13 = i32x4.sub(t0, t3);
  const t11 = i32x4.add(t1, t2);
  const t12 = i32x4.sub(t1, t2);

  let z3 = i32x4.add(i7, i3);
  let z4 = i32x4.add(i5, i1);
  const z5 = times(i32x4.add(z3, z4), 9633);
  z1 = times(i32x4.add(i7, i1), -7373);
  const z2 = times(i32x4.add(i5, i3), -20995);
  z3 = i32x4.add(times(z3, -16069), z5);
  z4 = i32x4.add(times(z4, -3196), z5);
  const u0 = i32x4.add(i32x4.add(times(i7, 2446), z1), z3);
  const u1 = i32x4.add(i32x4.add(times(i5, 16819), z2), z4);
  const u2 = i32x4.add(i32x4.add(times(i3, 25172), z2), z3);
  const u3 = i32x4.add(i32x4.add(times(i1, 12299), z1), z4);

  o0 = i32x4.shr_s(i32x4.add(t10, u3), shift);
  o7 = i32x4.shr_s(i32x4.sub(t10, u3), shift);
  o1 = i32x4.shr_s(i32x4.add(t11, u2), shift);
  o6 = i32x4.shr_s(i32x4.sub(t11, u2), shift);
  o2 = i32x4.shr_s(i32x4.add(t12, u1), shift);
  o5 = i32x4.shr_s(i32x4.sub(t12, u1), shift);
  o3 = i32x4.shr_s(i32x4.add(t13, u0), shift);
  o4 = i32x4.shr_s(i32x4.sub(t13, u0), shift);
}

function columns(block: usize): void {
  pass(
    v128.load(block),
    v128.load(block, 32),
    v128.load(block, 64),
    v128.load(block, 96),
    v128.load(block, 128),
    v128.load(block, 160),
    v128.load(block, 192),
    v128.load(block, 224),
    CONST_BITS - PASS1_BITS,
  );
  v128.store(block, o0);
  v128.store(block, o1, 32);
  v128.store(block, o2, 64);
  v128.store(block, o3, 96);
  v128.store(block, o4, 128);
  v128.store(block, o5, 160);
  v128.store(block, o6, 192);
  v128.store(block, o7, 224);
}

/** Four rows: transposed, filtered, levelled to 0..255, transposed back as bytes. */
function rows(block: usize, to: usize, step: usize): void {
  const a0 = v128.load(block);
  const a1 = v128.load(block, 32);
  const a2 = v128.load(block, 64);
  const a3 = v128.load(block, 96);
  const b0 = v128.load(block, 16);
  const b1 = v128.load(block, 48);
  const b2 = v128.load(block, 80);
  const b3 = v128.load(block, 112);
  const al01 = i32x4.shuffle(a0, a1, 0, 4, 1, 5);
  const ah01 = i32x4.shuffle(a0, a1, 2, 6, 3, 7);
  const al23 = i32x4.shuffle(a2, a3, 0, 4, 1, 5);
  const ah23 = i32x4.shuffle(a2, a3, 2, 6, 3, 7);
  const bl01 = i32x4.shuffle(b0, b1, 0, 4, 1, 5);
  const bh01 = i32x4.shuffle(b0, b1, 2, 6, 3, 7);
  const bl23 = i32x4.shuffle(b2, b3, 0, 4, 1, 5);
  const bh23 = i32x4.shuffle(b2, b3, 2, 6, 3, 7);
  pass(
    i64x2.shuffle(al01, al23, 0, 2),
    i64x2.shuffle(al01, al23, 1, 3),
    i64x2.shuffle(ah01, ah23, 0, 2),
    i64x2.shuffle(ah01, ah23, 1, 3),
    i64x2.shuffle(bl01, bl23, 0, 2),
    i64x2.shuffle(bl01, bl23, 1, 3),
    i64x2.shuffle(bh01, bh23, 0, 2),
    i64x2.shuffle(bh01, bh23, 1, 3),
    CONST_BITS + PASS1_BITS + 3,
  );
  const level = i16x8.splat(128);
  const c01 = i16x8.add_sat_s(i16x8.narrow_i32x4_s(o0, o1), level);
  const c23 = i16x8.add_sat_s(i16x8.narrow_i32x4_s(o2, o3), level);
  const c45 = i16x8.add_sat_s(i16x8.narrow_i32x4_s(o4, o5), level);
  const c67 = i16x8.add_sat_s(i16x8.narrow_i32x4_s(o6, o7), level);
  const left = i8x16.narrow_i16x8_u(c01, c23);
  const right = i8x16.narrow_i16x8_u(c45, c67);
  const r01 = i8x16.shuffle(left, right, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29);
  const r23 = i8x16.shuffle(left, right, 2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31);
  v128.store64_lane(to, r01, 0);
  v128.store64_lane(to + step, r01, 1);
  v128.store64_lane(to + 2 * step, r23, 0);
  v128.store64_lane(to + 3 * step, r23, 1);
}

/** Turns 64 coefficients (words, row by row; overwritten) into 8 rows of 8 bytes. */
export function inverseDct(block: usize, to: usize, step: usize): void {
  columns(block);
  columns(block + 16);
  rows(block, to, step);
  rows(block + 128, to + 4 * step, step);
}

/** What `inverseDct` makes of a block that has only its first coefficient. */
export function storeFlat(first: i32, to: usize, step: usize): void {
  const value = <u8>min(255, max(0, ((first + 4) >> 3) + 128));
  const bytes = i64x2.extract_lane(i8x16.splat(<i8>value), 0);
  for (let y = 0; y < 8; y++) {
    store<i64>(to, bytes);
    to += step;
  }
}
