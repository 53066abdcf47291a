import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelImplementation } from '../registration.ts';
import type { Runtime } from '../runtime.ts';
import { pixelChunks, pixelsOf, sizeOf } from './chunks.ts';
import { sideBySide } from './concat.ts';
import { expectFloat, expectNumbers, expectShape, expectWhole, required } from './expect.ts';

/** x, scale, offset to [y, mean, biased variance], with `relu` max(y, 0) in place of y; x is read twice and y written once. */
export const batchNormTrain: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { x, scale, offset } = required(inputs, 'x', 'scale', 'offset');
  const { epsilon, relu } = attrs as { epsilon: number; relu?: boolean };
  const { pixels, channels } = pixelsOf(x);
  expectShape({ scale, offset }, [channels]);
  expectNumbers({ epsilon });
  const { chunks, perChunk } = pixelChunks(pixels, channels);
  const outputs = [runtime.output(x.shape), runtime.output([channels]), runtime.output([channels])] as const;
  const [y, mean, variance] = outputs.map((output) => runtime.address(output)) as [number, number, number];
  const from = runtime.address(x);
  const partial = runtime.heap.scratch('batch norm', runtime.ask('batchNormPartialBytes', { chunks, channels }));
  const factor = runtime.heap.scratch('batch norm factor', channels * 8);
  runtime.run('batchNormPartial', chunks, { x: from, partial, pixels, channels, perChunk });
  runtime.run('batchNormStatistics', 1, {
    ...{ partial, scale: runtime.address(scale), offset: runtime.address(offset), mean, variance, coefficients: factor },
    ...{ epsilon, pixels, channels, perChunk },
  });
  runtime.run('batchNormApply', chunks, {
    ...sideBySide([x]).table(runtime),
    ...{ y, mean, factor, shift: factor + channels * 4, lo: relu ? 0 : Number.NEGATIVE_INFINITY, pixels, channels, perChunk },
  });
  return [...outputs];
};

/** dy, x, scale, mean, variance to [dx, dScale, dOffset], through the batch's own statistics; with y, the ReLU's result, through that too. */
export const batchNormTrainGrad: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { dy, x, scale, mean, variance } = required(inputs, 'dy', 'x', 'scale', 'mean', 'variance');
  const { epsilon } = attrs as { epsilon: number };
  const { y } = inputs;
  const { pixels, channels } = pixelsOf(x);
  expectShape({ dy, y }, x.shape);
  expectShape({ scale, mean, variance }, [channels]);
  expectNumbers({ epsilon });
  const { chunks, perChunk } = pixelChunks(pixels, channels);
  const outputs = [runtime.output(x.shape), runtime.output([channels]), runtime.output([channels])] as const;
  const [dx, dScale, dOffset] = outputs.map((output) => runtime.address(output)) as [number, number, number];
  const partial = runtime.heap.scratch('batch norm', runtime.ask('batchNormPartialBytes', { chunks, channels }));
  const coefficients = runtime.heap.scratch('batch norm factor', channels * 12);
  const read = { dy: runtime.address(dy), x: runtime.address(x), y: y ? runtime.address(y) : 0, mean: runtime.address(mean) };
  const sizes = { pixels, channels, perChunk };
  runtime.run('batchNormGradientPartial', chunks, { ...read, ...sizes, partial });
  runtime.run('batchNormGradientSums', 1, {
    ...sizes,
    ...{ partial, scale: runtime.address(scale), variance: runtime.address(variance), dScale, dOffset, coefficients, epsilon },
  });
  runtime.run('batchNormGradientApply', chunks, { ...read, ...sizes, dx, coefficients });
  return [...outputs];
};

type Statistics = Record<'mean' | 'variance', TensorInfo> & Record<'offset' | 'scale', TensorInfo | undefined>;

/** Normalizes images side by side by given statistics; what is less than `lo` becomes that. */
function normalize(
  runtime: Runtime,
  images: readonly TensorInfo[],
  { mean, variance, offset, scale }: Statistics,
  { epsilon, lo }: { epsilon: number; lo: number },
): TensorInfo {
  const sources = sideBySide(images);
  const { channels } = sources;
  expectShape({ mean, variance, offset, scale }, [channels]);
  expectNumbers({ epsilon });
  const y = runtime.output(sources.shape);
  if (sizeOf(y) === 0) return y;
  const { pixels } = pixelsOf(y);
  const factor = runtime.heap.scratch('batch norm factor', channels * 12);
  const shift = factor + channels * 4;
  const [v, s, o] = [variance, scale, offset].map((t) => (t ? runtime.address(t) : 0)) as [number, number, number];
  runtime.run('batchNormFactors', 1, { variance: v, scale: s, offset: o, factor, shift, epsilon, channels });
  const { chunks, perChunk } = pixelChunks(pixels, channels);
  runtime.run('batchNormApply', chunks, {
    ...sources.table(runtime),
    ...{ y: runtime.address(y), mean: runtime.address(mean), factor, shift, lo, pixels, channels, perChunk },
  });
  return y;
}

/** tfjs' batch norm by given statistics, where it normalizes channels. */
export const fusedBatchNorm: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x, mean, variance } = required(inputs, 'x', 'mean', 'variance');
  const { offset, scale } = inputs;
  const { varianceEpsilon } = attrs as { varianceEpsilon: number };
  const channels = x.shape.at(-1) as number;
  expectFloat({ x, mean, variance, offset, scale });
  const vectors = [mean, variance, offset, scale].every((t) => !t || (t.shape.length === 1 && t.shape[0] === channels));
  if (!vectors && sizeOf(x) > 0) {
    const least = Math.min(...[mean, variance, offset, scale].map((t) => (t ? sizeOf(t) : 1)));
    expectWhole({ 'values of mean, variance, offset and scale': least }, 1, 1);
    return stock();
  }
  return normalize(runtime, [x], { mean, variance, offset, scale }, { epsilon: varianceEpsilon, lo: Number.NEGATIVE_INFINITY });
};

/** Batch norm of `x0`, `x1`, … side by side, by given statistics, and a ReLU. */
export const batchNormRelu: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { mean, variance, offset, scale, x0 } = required(inputs, 'x0', 'scale', 'offset', 'mean', 'variance');
  const images = [x0];
  for (let image = inputs.x1; image; image = inputs[`x${images.length}`]) images.push(image);
  return normalize(runtime, images, { mean, variance, offset, scale }, { epsilon: (attrs as { epsilon: number }).epsilon, lo: 0 });
};
