/**
 * Puts the channels of several images side by side. One chunk is some pixels.
 *
 * @param sources address and bytes a pixel of each image, two integers
 */
export function concat(chunk: i32, _thread: i32, sources: usize, count: i32, y: usize, pixels: i32, yBytes: i32, perChunk: i32): void {
  const begin = chunk * perChunk;
  const rows = <usize>min(perChunk, pixels - begin);
  let first = y + <usize>begin * <usize>yBytes;
  for (const end = sources + ((<usize>count) << 3); sources < end; sources += 8) {
    const bytes = <usize>load<u32>(sources, 4);
    let from = <usize>load<u32>(sources) + <usize>begin * bytes;
    let to = first;
    for (const last = from + rows * bytes; from < last; from += bytes, to += <usize>yBytes)
      if ((bytes & 15) === 0) for (let c: usize = 0; c < bytes; c += 16) v128.store(to + c, v128.load(from + c));
      else memory.copy(to, from, bytes);
    first += bytes;
  }
}
