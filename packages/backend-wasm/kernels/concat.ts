/** Copies each pixel's channels to its place among more. One chunk is some pixels. */
export function placeChannels(chunk: i32, _thread: i32, x: usize, y: usize, pixels: i32, xBytes: i32, yBytes: i32, perChunk: i32): void {
  const begin = chunk * perChunk;
  const count = min(perChunk, pixels - begin);
  const bytes = <usize>xBytes;
  let from = x + <usize>begin * bytes;
  let to = y + <usize>begin * <usize>yBytes;
  for (const end = from + <usize>count * bytes; from < end; from += bytes, to += <usize>yBytes)
    if ((xBytes & 15) === 0) for (let c: usize = 0; c < bytes; c += 16) v128.store(to + c, v128.load(from + c));
    else memory.copy(to, from, bytes);
}
