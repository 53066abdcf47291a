/** Rows are packed in fours, as the tile reads them. */
export const ROWS: i32 = 4;

/** Bytes of packed rows; eight terms at a time are written, some beyond the last. */
export function packedRowsBytes(rows: i32, steps: i32): i32 {
  return ((rows * steps) << 2) + 64;
}

/**
 * Widens rows of 8 bits to 16 and packs them in fours, `[step][row]`, two terms a step.
 *
 * A row is a list of segments of `length` bytes. One of odd length ends with half a step that holds what follows: the filter is zero there.
 *
 * @param rows a table of two addresses for each row, see `fillRows`
 * @param count of rows, a multiple of four
 */
export function packRows(rows: usize, count: i32, segments: usize, segmentsEnd: usize, length: i32, signed: bool, to: usize): void {
  if (signed) pack<i8>(rows, count, segments, segmentsEnd, length, to);
  else pack<u8>(rows, count, segments, segmentsEnd, length, to);
}

function pack<T>(rows: usize, count: i32, segments: usize, segmentsEnd: usize, length: i32, to: usize): void {
  const bytes = <usize>length;
  const segmentBytes = <usize>(((length + 1) >> 1) << 4);
  const end = rows + ((<usize>count) << 3);
  for (; rows < end; rows += 32) {
    const r0 = <usize>load<u32>(rows);
    const r1 = <usize>load<u32>(rows, 8);
    const r2 = <usize>load<u32>(rows, 16);
    const r3 = <usize>load<u32>(rows, 24);
    for (let s = segments; s < segmentsEnd; s += 4, to += segmentBytes) {
      let at = <usize>load<i32>(s);
      const stop = at + bytes;
      let out = to;
      for (; at < stop; at += 8, out += 64) {
        const a = v128.load_ext<T>(r0 + at);
        const b = v128.load_ext<T>(r1 + at);
        const c = v128.load_ext<T>(r2 + at);
        const d = v128.load_ext<T>(r3 + at);
        const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
        const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
        const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
        const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
        v128.store(out, v128.shuffle<i64>(ab, cd, 0, 2));
        v128.store(out, v128.shuffle<i64>(ab, cd, 1, 3), 16);
        v128.store(out, v128.shuffle<i64>(abHigh, cdHigh, 0, 2), 32);
        v128.store(out, v128.shuffle<i64>(abHigh, cdHigh, 1, 3), 48);
      }
    }
  }
}

/** Widens a panel of a filter, 16 bytes a step of eight columns or a half of that of four, to 16 bits. */
export function widenPanel(from: usize, bytes: i32, to: usize): void {
  const end = from + <usize>bytes;
  for (; from < end; from += 8, to += 16) v128.store(to, v128.load_ext<i8>(from));
}
