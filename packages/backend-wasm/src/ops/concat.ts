import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelImplementation } from '../registration.ts';
import { isFloat, pixelChunks, sizeOf } from './chunks.ts';

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
  const sources = runtime.heap.table(
    'concat',
    tensors.flatMap((tensor, i) => [runtime.address(tensor), (channels[i] as number) * 4]),
  );
  const { chunks, perChunk } = pixelChunks(pixels, total);
  runtime.run('concat', chunks, [sources, tensors.length, runtime.address(y), pixels, total * 4, perChunk]);
  return y;
};
