import type { Runtime } from '../runtime.ts';
import { floatChunks } from './chunks.ts';

/** Writes `count` floats of zero. */
export function zero(runtime: Runtime, address: number, count: number): void {
  const { chunks, perChunk } = floatChunks(count);
  runtime.run('fill', chunks, { at: address, bytes: count * 4, bytesPerChunk: perChunk * 4 });
}
