import { madd } from './simd';

/**
 * Adds to a 4x8 tile of a filter's gradient (four input by eight output channels) the products of a block's pixels.
 *
 * @param x the block's panel of four channels, at the tap
 * @param lines to `linesEnd`: where each result line starts in it, in bytes
 * @param dyLine bytes of one result line in the panel of eight channels
 * @param xStep bytes from one result pixel's input to the next's
 */
export function filterTile(x: usize, dy: usize, lines: usize, linesEnd: usize, dyLine: usize, xStep: usize, to: usize): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let b = dy;
  for (; lines < linesEnd; lines += 4) {
    let a = x + <usize>load<u32>(lines);
    const stop = b + dyLine;
    do {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const x0 = v128.load32_splat(a);
      c00 = madd(x0, b0, c00);
      c01 = madd(x0, b1, c01);
      const x1 = v128.load32_splat(a, 4);
      c10 = madd(x1, b0, c10);
      c11 = madd(x1, b1, c11);
      const x2 = v128.load32_splat(a, 8);
      c20 = madd(x2, b0, c20);
      c21 = madd(x2, b1, c21);
      const x3 = v128.load32_splat(a, 12);
      c30 = madd(x3, b0, c30);
      c31 = madd(x3, b1, c31);
      a += xStep;
      b += 32;
    } while (b < stop);
  }
  v128.store(to, f32x4.add(v128.load(to), c00));
  v128.store(to, f32x4.add(v128.load(to, 16), c01), 16);
  v128.store(to, f32x4.add(v128.load(to, 32), c10), 32);
  v128.store(to, f32x4.add(v128.load(to, 48), c11), 48);
  v128.store(to, f32x4.add(v128.load(to, 64), c20), 64);
  v128.store(to, f32x4.add(v128.load(to, 80), c21), 80);
  v128.store(to, f32x4.add(v128.load(to, 96), c30), 96);
  v128.store(to, f32x4.add(v128.load(to, 112), c31), 112);
}
