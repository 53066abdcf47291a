import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelImplementation } from '../registration.ts';
import type { Runtime } from '../runtime.ts';
import { isFloat, pixelChunks, sizeOf } from './chunks.ts';

/** What kernels that read images side by side are given: a table of addresses and bytes a pixel, and its length. */
export function sideBySide(runtime: Runtime, images: readonly TensorInfo[]): [table: number, count: number] {
  const sources = images.flatMap((image) => [runtime.address(image), (image.shape.at(-1) as number) * 4]);
  return [runtime.heap.table('side by side', sources), images.length];
}

/** tfjs' Concat where it puts the channels of images side by side, as DenseNet does after every layer; else tfjs'. */
export const concat: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const tensors = Object.values(inputs) as TensorInfo[];
  const { axis } = attrs as { axis: number };
  const [first] = tensors;
  if (!first || tensors.length < 2 || !isFloat(...tensors) || first.shape.length !== 4 || (axis !== 3 && axis !== -1)) return stock();
  if (tensors.some((tensor) => sizeOf(tensor) === 0)) return stock();
  const channels = tensors.map(({ shape }) => shape[3] as number);
  const total = channels.reduce((a, b) => a + b, 0);
  const y = runtime.output([...first.shape.slice(0, 3), total]);
  const pixels = sizeOf(y) / total;
  const { chunks, perChunk } = pixelChunks(pixels, total);
  runtime.run('concat', chunks, [...sideBySide(runtime, tensors), runtime.address(y), pixels, total * 4, perChunk]);
  return y;
};
