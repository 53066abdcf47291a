import type { TensorInfo } from '@tensorflow/tfjs-core';

/** Floats of a chunk that streams through memory: with its operands it fits in the second-level cache. */
const CHUNK_FLOATS = 32_768;
/** Up to so many are one chunk: waking a worker takes longer. */
const ALONE_FLOATS = 2 * CHUNK_FLOATS;
/** A job may have some 4,000 chunks. */
const MOST_CHUNKS = 2_000;

/** Anything with sizes. */
type Sized = { readonly shape: readonly number[] };

export const sizeOf = ({ shape }: Sized): number => shape.reduce((a, b) => a * b, 1);

/** The last dimension, and all others together. */
export function pixelsOf(tensor: Sized): { pixels: number; channels: number } {
  const channels = tensor.shape.at(-1) ?? 1;
  return { pixels: channels === 0 ? 0 : sizeOf(tensor) / channels, channels };
}

/** How `count` floats are cut: into multiples of four, by their number alone, so that sums do not depend on the threads. */
export function floatChunks(count: number): { chunks: number; perChunk: number } {
  if (count <= ALONE_FLOATS) return { chunks: Math.min(1, count), perChunk: ALONE_FLOATS };
  const perChunk = Math.max(CHUNK_FLOATS, Math.ceil(count / MOST_CHUNKS / 4) * 4);
  return { chunks: Math.ceil(count / perChunk), perChunk };
}

/** How `pixels` of `channels` floats are cut. */
export function pixelChunks(pixels: number, channels: number): { chunks: number; perChunk: number } {
  if (pixels * channels <= ALONE_FLOATS) return { chunks: Math.min(1, pixels), perChunk: Math.max(1, pixels) };
  const perChunk = Math.max(1, Math.floor(CHUNK_FLOATS / Math.max(1, channels)), Math.ceil(pixels / MOST_CHUNKS));
  return { chunks: Math.ceil(pixels / perChunk), perChunk };
}

export const isFloat = (...tensors: readonly (TensorInfo | undefined)[]): boolean =>
  tensors.every((tensor) => tensor === undefined || tensor.dtype === 'float32');

export const sameShape = (a: Sized, b: Sized): boolean =>
  a.shape.length === b.shape.length && a.shape.every((size, i) => size === b.shape[i]);
