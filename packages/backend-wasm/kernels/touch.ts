/** Of what is touched at once: it has to stay in the second-level cache until it is used. */
const MOST_BYTES: usize = 128 * 1024;

/**
 * Reads a word of each cache line from `from` to `end`, if they are few enough to stay near; nothing if `end` is not above `from`.
 *
 * Lines then come to the caches all at once, where a loop that computes between its reads waits for a few at a time: 1x1 convolutions of
 * 56x56 pixels with 256 channels take 5 to 10 % less.
 */
export function touch(from: usize, end: usize): void {
  if (end <= from || end - from > MOST_BYTES) return;
  for (; from < end; from += 64) load<i32>(from);
}
