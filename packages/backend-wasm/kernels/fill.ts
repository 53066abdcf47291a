/** Zeroes memory. One chunk is `bytesPerChunk` of it. */
export function fill(chunk: i32, _thread: i32, at: usize, bytes: usize, bytesPerChunk: i32): void {
  const begin = <usize>chunk * <usize>bytesPerChunk;
  memory.fill(at + begin, 0, min<usize>(<usize>bytesPerChunk, bytes - begin));
}
