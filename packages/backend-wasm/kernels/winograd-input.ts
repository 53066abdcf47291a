import { transformInput } from './winograd-transforms';

/**
 * Transforms 6x6 patches of images, one for each 4x4 tile of results, into 36 matrices `[tile][channel]`, `step` bytes apart.
 *
 * @param firstTile counted over all images, line by line
 * @param tilesDown tiles of an image, and @param tilesAcross those of a line
 * @param top and @param left: the padding
 * @param inC four or more
 * @param patch scratch for 36 pixels, and @param temporary for 36 vectors
 */
export function transformTiles(
  x: usize,
  firstTile: i32,
  tiles: i32,
  tilesDown: i32,
  tilesAcross: i32,
  height: i32,
  width: i32,
  inC: i32,
  top: i32,
  left: i32,
  v: usize,
  step: usize,
  patch: usize,
  temporary: usize,
): void {
  for (let t = 0; t < tiles; t++) {
    const tile = firstTile + t;
    const line = tile / tilesAcross;
    const image = line / tilesDown;
    const row = (line - image * tilesDown) * 4 - top;
    const column = (tile - line * tilesAcross) * 4 - left;
    let from = x + <usize>((image * height + row) * width + column) * <usize>(inC << 2);
    let rowBytes = <usize>((width * inC) << 2);
    if (row < 0 || column < 0 || row + 6 > height || column + 6 > width) {
      copyPatch(patch, x + <usize>(image * height * width) * <usize>(inC << 2), row, column, height, width, inC);
      from = patch;
      rowBytes = <usize>((6 * inC) << 2);
    }
    const to = v + <usize>((t * inC) << 2);
    for (let c = 0; c < inC; c += 4) {
      // the last four channels overlap where their number is not a multiple of four
      const at = <usize>(min(c, inC - 4) << 2);
      transformInput(from + at, rowBytes, <usize>(inC << 2), to + at, step, temporary);
    }
  }
}

/** Copies the 6x6 pixels from (row, column) on, zeros where they lie outside the image. */
function copyPatch(to: usize, image: usize, row: i32, column: i32, height: i32, width: i32, channels: i32): void {
  const bytes = <usize>(channels << 2);
  for (let i = row; i < row + 6; i++)
    for (let j = column; j < column + 6; j++, to += bytes) {
      // Not memory.copy and memory.fill: calls that take longer than so few bytes.
      if (i < 0 || i >= height || j < 0 || j >= width)
        for (let b: usize = 0; b < bytes; b += 16) v128.store(to + min(b, bytes - 16), f32x4.splat(0));
      else {
        const from = image + <usize>(i * width + j) * bytes;
        for (let b: usize = 0; b < bytes; b += 16) v128.store(to + min(b, bytes - 16), v128.load(from + min(b, bytes - 16)));
      }
    }
}
