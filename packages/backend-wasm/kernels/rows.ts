/**
 * Writes a table of result pixels, two addresses each: where its row starts and where its result goes, the last one repeated up to `padded`.
 * What it is told is explained at `convolve`.
 */
export function fillRows(
  rows: usize,
  begin: i32,
  count: i32,
  padded: i32,
  x: usize,
  y: usize,
  height: i32,
  width: i32,
  xImage: i32,
  xRow: i32,
  xColumn: i32,
  yImage: i32,
  yRow: i32,
  yColumn: i32,
): void {
  let j = begin % width;
  const line = begin / width;
  let i = line % height;
  let n = line / height;
  let at = rows;
  for (let r = 0; r < padded; r++, at += 8) {
    if (r >= count) {
      store<u64>(at, load<u64>(at - 8));
      continue;
    }
    store<u32>(at, <u32>(x + <usize>(n * xImage + i * xRow + j * xColumn)));
    store<u32>(at, <u32>(y + <usize>(n * yImage + i * yRow + j * yColumn)), 4);
    if (++j === width) {
      j = 0;
      if (++i === height) {
        i = 0;
        n++;
      }
    }
  }
}
