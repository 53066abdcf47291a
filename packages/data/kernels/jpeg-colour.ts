// libjpeg's jdsample.c (triangle filter) and jdcolor.c.

/** Doubles a row: each output is 3/4 of the nearest and 1/4 of the next input, rounded by turns down and up. */
function doubleRow(from: usize, width: i32, to: usize): void {
  let last = <i32>load<u8>(from);
  let current = last;
  for (let x = 0; x < width; x++) {
    const next = x + 1 < width ? <i32>load<u8>(from + <usize>x, 1) : current;
    const at = to + <usize>(x << 1);
    store<u8>(at, (3 * current + last + 1) >> 2);
    store<u8>(at, (3 * current + next + 2) >> 2, 1);
    last = current;
    current = next;
  }
}

/** Doubles a row of `3 * near + far`, two rows of which `far` is the one above or below. */
function doubleBetween(near: usize, far: usize, width: i32, to: usize): void {
  let current = 3 * <i32>load<u8>(near) + <i32>load<u8>(far);
  let last = current;
  for (let x = 0; x < width; x++) {
    const next = x + 1 < width ? 3 * <i32>load<u8>(near + <usize>x, 1) + <i32>load<u8>(far + <usize>x, 1) : current;
    const at = to + <usize>(x << 1);
    store<u8>(at, (3 * current + last + 8) >> 4);
    store<u8>(at, (3 * current + next + 7) >> 4, 1);
    last = current;
    current = next;
  }
}

/** The chroma row of output row `y`, at full width: in the plane itself, or doubled into `line`. */
function chromaRow(plane: usize, step: usize, y: i32, across: i32, down: i32, width: i32, height: i32, line: usize): usize {
  if (across === 1) return plane + <usize>y * step;
  if (down === 1) {
    doubleRow(plane + <usize>y * step, width, line);
  } else {
    const row = y >> 1;
    const other = min(height - 1, max(0, row + ((y & 1) << 1) - 1));
    doubleBetween(plane + <usize>row * step, plane + <usize>other * step, width, line);
  }
  return line;
}

/** `(a*x + b*y + half) >> 16` of pairs. */
function scaled(pairs: v128, factors: v128): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(pairs, factors), i32x4.splat(32768)), 16);
}

/** Eight pixels. Factors beyond 16 bits are split into whole multiples of the difference and a rest. */
function convert(luma: usize, blue: usize, red: usize, to: usize): void {
  const y = v128.load8x8_u(luma);
  const cb = i16x8.sub(v128.load8x8_u(blue), i16x8.splat(128));
  const cr = i16x8.sub(v128.load8x8_u(red), i16x8.splat(128));
  const low = i16x8.shuffle(cb, cr, 0, 8, 1, 9, 2, 10, 3, 11);
  const high = i16x8.shuffle(cb, cr, 4, 12, 5, 13, 6, 14, 7, 15);
  const toRed = i32x4.splat(26345 << 16); // 1.402 - 1, of cr
  const toGreen = i32x4.splat((18734 << 16) | (-22554 & 0xffff)); // 1 - 0.71414 of cr, -0.34414 of cb
  const toBlue = i32x4.splat(-14942 & 0xffff); // 1.772 - 2, of cb
  const r = i16x8.add(i16x8.add(y, cr), i16x8.narrow_i32x4_s(scaled(low, toRed), scaled(high, toRed)));
  const g = i16x8.add(i16x8.sub(y, cr), i16x8.narrow_i32x4_s(scaled(low, toGreen), scaled(high, toGreen)));
  const b = i16x8.add(i16x8.add(y, i16x8.shl(cb, 1)), i16x8.narrow_i32x4_s(scaled(low, toBlue), scaled(high, toBlue)));
  const rg = i8x16.narrow_i16x8_u(r, g);
  const bb = i8x16.narrow_i16x8_u(b, b);
  v128.store(to, i8x16.shuffle(rg, bb, 0, 8, 16, 1, 9, 17, 2, 10, 18, 3, 11, 19, 4, 12, 20, 5));
  v128.store64_lane(to + 16, i8x16.shuffle(rg, bb, 13, 21, 6, 14, 22, 7, 15, 23, 0, 0, 0, 0, 0, 0, 0, 0), 0);
}

/**
 * Writes RGB from planes of luma and chroma, which is `1/across` as wide and `1/down` as high (1x1, 2x1 or 2x2).
 * Writes up to 23 bytes past the last row.
 *
 * @param chromaStep row step of both chroma planes
 * @param lines room for two rows of `width` and 16 bytes each
 */
export function writeRgb(
  luma: usize,
  lumaStep: usize,
  blue: usize,
  red: usize,
  chromaStep: usize,
  across: i32,
  down: i32,
  width: i32,
  height: i32,
  lines: usize,
  to: usize,
): void {
  const chromaWidth = (width + across - 1) / across;
  const chromaHeight = (height + down - 1) / down;
  const second = lines + <usize>((width + 31) & ~15);
  for (let y = 0; y < height; y++) {
    const blueRow = chromaRow(blue, chromaStep, y, across, down, chromaWidth, chromaHeight, lines);
    const redRow = chromaRow(red, chromaStep, y, across, down, chromaWidth, chromaHeight, second);
    const lumaRow = luma + <usize>y * lumaStep;
    const out = to + <usize>y * <usize>(width * 3);
    for (let x: usize = 0; x < <usize>width; x += 8) convert(lumaRow + x, blueRow + x, redRow + x, out + x * 3);
  }
}

/** Writes RGB of three times the luma. */
export function writeGrey(luma: usize, lumaStep: usize, width: i32, height: i32, to: usize): void {
  for (let y = 0; y < height; y++) {
    const row = luma + <usize>y * lumaStep;
    for (let x = 0; x < width; x++) {
      const value = load<u8>(row + <usize>x);
      store<u8>(to, value);
      store<u8>(to, value, 1);
      store<u8>(to, value, 2);
      to += 3;
    }
  }
}
