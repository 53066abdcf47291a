import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelArguments } from '../kernel-arguments.ts';
import { KernelInputError } from '../kernel-input-error.ts';
import type { KernelImplementation } from '../registration.ts';
import type { Runtime } from '../runtime.ts';
import { floatChunks, isFloat, pixelChunks, sameShape, sizeOf } from './chunks.ts';
import { expectFloat, expectNumbers, expectReal, expectShape, required } from './expect.ts';
import { identity } from './layout.ts';

type ElementwiseKernel = 'add' | 'addRelu' | 'relu' | 'reluGradient' | 'reluGradients' | 'sigmoid';
type Numbers = Readonly<Record<string, number>>;
type Operands<K extends ElementwiseKernel> = Readonly<
  Record<Exclude<keyof KernelArguments<K>, 'result' | 'scaled' | 'factor' | 'count' | 'perChunk'>, TensorInfo>
>;

function elementwise<K extends ElementwiseKernel>(runtime: Runtime, kernel: K, operands: Operands<K>, numbers: Numbers = {}): TensorInfo {
  const named = operands as Readonly<Record<string, TensorInfo>>;
  const first = Object.values(named)[0] as TensorInfo;
  expectFloat(named);
  expectShape(named, first.shape);
  const result = runtime.output(first.shape);
  const count = sizeOf(first);
  const { chunks, perChunk } = floatChunks(count);
  const addresses = Object.fromEntries(Object.entries({ ...named, result }).map(([name, tensor]) => [name, runtime.address(tensor)]));
  runtime.run(kernel, chunks, { ...addresses, ...numbers, count, perChunk } as KernelArguments<K>);
  return result;
}

/** tfjs' Add where nothing is broadcast: gradients of shortcuts add whole feature maps. */
export const add: KernelImplementation = ({ inputs, runtime, stock }) => {
  const { a, b } = required(inputs, 'a', 'b');
  expectReal({ a, b });
  return isFloat(a, b) && sameShape(a, b) ? elementwise(runtime, 'add', { a, b }) : stock();
};

export const relu: KernelImplementation = (call) => {
  const { x } = required(call.inputs, 'x');
  expectReal({ x });
  if (x.dtype === 'bool') return identity(call); // nothing is below false, and tfjs' own leaves the result as memory was
  return isFloat(x) ? elementwise(call.runtime, 'relu', { x }) : call.stock();
};

export const sigmoid: KernelImplementation = ({ inputs, runtime }) => elementwise(runtime, 'sigmoid', { x: required(inputs, 'x').x });

/** tfjs' Multiply where it scales the channels of images, `[N,H,W,C]` by `[N,1,1,C]`, as channel attention does; else tfjs'. */
export const scaleChannels: KernelImplementation = ({ inputs, runtime, stock }) => {
  const { a, b } = required(inputs, 'a', 'b');
  expectReal({ a, b });
  const [n, h = 0, w = 0, c = 0] = a.shape;
  if (!isFloat(a, b) || a.shape.length !== 4 || !sameShape(b, { shape: [n as number, 1, 1, c] }) || sizeOf(a) === 0) return stock();
  const y = runtime.output(a.shape);
  const pixels = sizeOf(a) / c;
  const { chunks, perChunk } = pixelChunks(pixels, c);
  const [x, gate, to] = [a, b, y].map((tensor) => runtime.address(tensor)) as [number, number, number];
  runtime.run('scaleChannels', chunks, { x, gate, y: to, pixels, pixelsPerImage: h * w, channels: c, perChunk });
  return y;
};

/** max(factor * a + b, 0); the factor is 1 if absent. */
export const addRelu: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { a, b } = required(inputs, 'a', 'b');
  const { factor = 1 } = attrs as { factor?: number };
  expectNumbers({ factor });
  return elementwise(runtime, 'addRelu', { a, b }, { factor });
};

/** dy where y is positive or NaN, 0 elsewhere; with a factor also that many times it. */
export const reluGrad: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { dy, y } = required(inputs, 'dy', 'y');
  const { factor } = attrs as { factor?: number };
  if (factor === undefined) return elementwise(runtime, 'reluGradient', { dy, y });
  expectNumbers({ factor });
  expectFloat({ dy, y });
  const scaled = runtime.output(dy.shape);
  return [elementwise(runtime, 'reluGradients', { dy, y }, { scaled: runtime.address(scaled), factor }), scaled];
};

/** tfjs' Mean where it is a global average pooling; other means stay tfjs'. */
export const mean: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x } = required(inputs, 'x');
  const { axis, keepDims } = attrs as { axis: number | readonly number[]; keepDims?: boolean };
  expectReal({ x });
  const axes = [axis].flat().map((a) => (a < 0 ? a + x.shape.length : a));
  if (new Set(axes).size < axes.length) throw new KernelInputError(`axis: expected each once but received [${[axis].flat().join()}]`);
  if (sizeOf(x) === 0 && axes.some((a) => x.shape[a] === 0))
    throw new KernelInputError(`x: there is nothing to average in [${x.shape.join()}]`);
  if (!isFloat(x) || x.shape.length !== 4 || axes.length !== 2 || !axes.includes(1) || !axes.includes(2)) return stock();
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const y = runtime.output(keepDims ? [n, 1, 1, c] : [n, c]);
  runtime.run('meanOverPixels', n, { x: runtime.address(x), y: runtime.address(y), pixels: h * w, channels: c });
  return y;
};
