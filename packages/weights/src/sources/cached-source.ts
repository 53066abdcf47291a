import { type ByteSource, readRange } from './byte-source.ts';

/** Size of a cached block. */
export const CACHE_BLOCK_BYTES = 2 ** 20;
/** How many blocks are kept; the one used longest ago goes first. */
export const MAX_CACHED_BLOCKS = 32;

/** Joins many small reads near each other into few large ones, for sources where a read is a request. */
export function cachedSource(source: ByteSource): ByteSource {
  const blocks = new Map<number, Promise<Uint8Array>>();
  const block = (index: number): Promise<Uint8Array> => {
    const start = index * CACHE_BLOCK_BYTES;
    const bytes = blocks.get(index) ?? readRange(source, start, Math.min(start + CACHE_BLOCK_BYTES, source.sizeBytes));
    blocks.delete(index);
    blocks.set(index, bytes); // now the youngest
    if (blocks.size > MAX_CACHED_BLOCKS) blocks.delete(blocks.keys().next().value as number);
    return bytes;
  };
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    if (end - start > CACHE_BLOCK_BYTES) return readRange(source, start, end);
    const [first, last] = [Math.floor(start / CACHE_BLOCK_BYTES), Math.floor(Math.max(start, end - 1) / CACHE_BLOCK_BYTES)];
    const bytes = new Uint8Array(end - start);
    if (end === start) return bytes;
    for (let index = first; index <= last; index++) {
      const from = index * CACHE_BLOCK_BYTES;
      const piece = (await block(index)).subarray(Math.max(start - from, 0), end - from);
      bytes.set(piece, Math.max(from - start, 0));
    }
    return bytes;
  };
  return {
    name: source.name,
    sizeBytes: source.sizeBytes,
    read,
    ...(source.close && { close: () => (source.close as () => Promise<void>)() }),
  };
}
