import type { Runtime } from '../runtime.ts';
import { floatChunks } from './chunks.ts';

/** Images in memory, and the zeros to put around each. */
export interface Padding {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The padded images' address: scratch, or `x` itself where there is nothing to pad. */
export function padImages(runtime: Runtime, x: number, { images, height, width, channels, top, bottom, left, right }: Padding): number {
  if (top === 0 && bottom === 0 && left === 0 && right === 0) return x;
  const lines = images * (height + top + bottom);
  const lineBytes = (left + width + right) * channels * 4;
  const y = runtime.heap.scratch('padded', lines * lineBytes);
  const linesPerChunk = Math.max(1, Math.ceil(65536 / lineBytes), Math.ceil(lines / 2000));
  const pixelBytes = channels * 4;
  runtime.run('pad', Math.ceil(lines / linesPerChunk), {
    ...{ x, y, images, height, lineBytes: width * pixelBytes, top, bottom, linesPerChunk },
    ...{ leftBytes: left * pixelBytes, rightBytes: right * pixelBytes },
  });
  return y;
}

/** Writes `count` floats of zero. */
export function zero(runtime: Runtime, address: number, count: number): void {
  const { chunks, perChunk } = floatChunks(count);
  runtime.run('fill', chunks, { at: address, bytes: count * 4, bytesPerChunk: perChunk * 4 });
}
