/**
 * Copies images of 8 bits into larger ones of 16 with zeros around them. One chunk is `linesPerChunk` lines of the padded images.
 *
 * @param lineLength numbers of a line, of which `left` and `right` are what to put beside it
 */
export function widen(
  chunk: i32,
  _thread: i32,
  x: usize,
  y: usize,
  signed: bool,
  images: i32,
  height: i32,
  lineLength: i32,
  top: i32,
  bottom: i32,
  left: i32,
  right: i32,
  linesPerChunk: i32,
): void {
  const padded = height + top + bottom;
  const paddedBytes = <usize>((left + lineLength + right) << 1);
  const end = min((chunk + 1) * linesPerChunk, images * padded);
  for (let line = chunk * linesPerChunk; line < end; line++) {
    const image = line / padded;
    const row = line - image * padded - top;
    const to = y + <usize>line * paddedBytes;
    if (row < 0 || row >= height) {
      memory.fill(to, 0, paddedBytes);
      continue;
    }
    memory.fill(to, 0, <usize>(left << 1));
    const from = x + <usize>((image * height + row) * lineLength);
    const pixels = to + <usize>(left << 1);
    if (signed) widenLine<i8>(from, pixels, lineLength);
    else widenLine<u8>(from, pixels, lineLength);
    memory.fill(pixels + <usize>(lineLength << 1), 0, <usize>(right << 1));
  }
}

function widenLine<T>(from: usize, to: usize, count: i32): void {
  const whole = count & ~7;
  for (let i = 0; i < whole; i += 8) v128.store(to + <usize>(i << 1), v128.load_ext<T>(from + <usize>i));
  for (let i = whole; i < count; i++) store<i16>(to + <usize>(i << 1), <i16>load<T>(from + <usize>i));
}
