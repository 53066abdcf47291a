import type { Runtime } from '../runtime.ts';

const CHUNK_BYTES = 1 << 18;
/** A job may have some 4,000 chunks. */
const MOST_CHUNKS = 4000;

/** Writes zeros. */
export function zero(runtime: Runtime, address: number, bytes: number): void {
  const bytesPerChunk = Math.max(CHUNK_BYTES, Math.ceil(bytes / MOST_CHUNKS));
  runtime.run('fill', Math.ceil(bytes / bytesPerChunk), [address, bytes, bytesPerChunk]);
}
