import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelImplementation } from '../registration.ts';
import type { Runtime } from '../runtime.ts';
import { isFloat, pixelChunks, pixelsOf, sizeOf } from './chunks.ts';
import { expectReal, expectShape } from './expect.ts';

/** Images of one size whose channels are read side by side. */
export interface SideBySide {
  readonly channels: number;
  /** Of an image with all of the channels. */
  readonly shape: readonly number[];
  /** What kernels that read such images are given: a table of addresses and bytes a pixel, and its length. */
  table(runtime: Runtime): { readonly sources: number; readonly count: number };
}

export function sideBySide(images: readonly TensorInfo[]): SideBySide {
  const size = (images[0] as TensorInfo).shape.slice(0, -1);
  const channels = images.map((image) => pixelsOf(image).channels);
  for (const [i, image] of images.entries()) expectShape({ [`x${i}`]: image }, [...size, channels[i] as number]);
  const sum = channels.reduce((a, b) => a + b, 0);
  return {
    channels: sum,
    shape: [...size, sum],
    table(runtime) {
      const sources = images.flatMap((image, i) => [runtime.address(image), (channels[i] as number) * 4]);
      return { sources: runtime.heap.table('side by side', sources), count: images.length };
    },
  };
}

/** tfjs' Concat where it puts the channels of images side by side, as DenseNet does after every layer; else tfjs'. */
export const concat: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const tensors = Object.values(inputs) as TensorInfo[];
  const { axis } = attrs as { axis: number };
  const [first] = tensors;
  // tfjs' own puts strings side by side, too
  if (!tensors.every(({ dtype }) => dtype === 'string')) expectReal(Object.fromEntries(tensors.map((tensor, i) => [`input ${i}`, tensor])));
  if (!first || tensors.length < 2 || !isFloat(...tensors) || first.shape.length !== 4 || (axis !== 3 && axis !== -1)) return stock();
  if (tensors.some((tensor) => sizeOf(tensor) === 0)) return stock();
  const sources = sideBySide(tensors);
  const y = runtime.output(sources.shape);
  const { pixels, channels } = pixelsOf(y);
  const { chunks, perChunk } = pixelChunks(pixels, channels);
  runtime.run('concat', chunks, { ...sources.table(runtime), y: runtime.address(y), pixels, yBytes: channels * 4, perChunk });
  return y;
};
