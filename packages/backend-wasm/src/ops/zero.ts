import type { Runtime } from '../runtime.ts';
import { floatChunks } from './chunks.ts';

/** Writes `count` floats of zero. */
export function zero(runtime: Runtime, address: number, count: number): void {
  const { chunks, perChunk } = floatChunks(count);
  runtime.run('fill', chunks, [address, count * 4, perChunk * 4]);
}
