/** Copies images into larger ones with zeros around them. One chunk is `linesPerChunk` lines of the padded images. */
export function pad(
  chunk: i32,
  _thread: i32,
  x: usize,
  y: usize,
  images: i32,
  height: i32,
  lineBytes: i32,
  top: i32,
  bottom: i32,
  leftBytes: i32,
  rightBytes: i32,
  linesPerChunk: i32,
): void {
  const padded = height + top + bottom;
  const paddedBytes = <usize>(leftBytes + lineBytes + rightBytes);
  const end = min((chunk + 1) * linesPerChunk, images * padded);
  for (let line = chunk * linesPerChunk; line < end; line++) {
    const image = line / padded;
    const row = line - image * padded - top;
    const to = y + <usize>line * paddedBytes;
    if (row < 0 || row >= height) {
      memory.fill(to, 0, paddedBytes);
      continue;
    }
    memory.fill(to, 0, <usize>leftBytes);
    memory.copy(to + <usize>leftBytes, x + <usize>(image * height + row) * <usize>lineBytes, <usize>lineBytes);
    memory.fill(to + <usize>(leftBytes + lineBytes), 0, <usize>rightBytes);
  }
}
