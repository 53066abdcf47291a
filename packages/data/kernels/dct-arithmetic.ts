// libjpeg's inverse DCTs calculate with integers: constants have 13 bits after the point, sums between the passes 2.
export const CONST_BITS: i32 = 13;
export const PASS1_BITS: i32 = 2;

export function times(a: v128, constant: i32): v128 {
  return i32x4.mul(a, i32x4.splat(constant));
}
