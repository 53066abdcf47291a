import * as tf from '@tensorflow/tfjs-core';
import { KernelInputError } from '../kernel-input-error.ts';
import type { KernelCall, KernelImplementation } from '../registration.ts';
import { sizeOf } from './chunks.ts';
import { type ConvAttributes, convGeometry, outputShape, type StockWindows, stockGeometry } from './conv-geometry.ts';
import { convolution, type Epilogue } from './convolution.ts';
import { expectFloat, required } from './expect.ts';

const isNhwc = ({ dataFormat = 'NHWC' }: StockWindows) => dataFormat === 'NHWC';

export const conv2d: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x, filter } = required(inputs, 'x', 'filter');
  expectFloat({ x, filter });
  if (!isNhwc(attrs as StockWindows)) return stock();
  return convolution(runtime, x, filter, stockGeometry(x.shape, filter.shape, attrs as StockWindows));
};

/** tfjs' activations that are kernels of their own, and what these are given beside `x`. */
const ACTIVATIONS: Readonly<
  Record<string, (call: KernelCall) => { kernel: string; inputs?: Record<string, tf.TensorInfo>; attrs?: object }>
> = {
  elu: () => ({ kernel: tf.Elu }),
  leakyrelu: ({ attrs }) => ({ kernel: tf.LeakyRelu, attrs: { alpha: (attrs as { leakyreluAlpha?: number }).leakyreluAlpha ?? 0.2 } }),
  prelu: ({ inputs }) => ({ kernel: tf.Prelu, inputs: { alpha: required(inputs, 'preluActivationWeights').preluActivationWeights } }),
  sigmoid: () => ({ kernel: tf.Sigmoid }),
};

const isFused = (activation: string): activation is NonNullable<Epilogue['activation']> => ['linear', 'relu', 'relu6'].includes(activation);

/** tfjs' fused convolution. Activations that our kernels do not finish results with are computed from the result. */
export const fusedConv2d: KernelImplementation = (call) => {
  const { inputs, attrs, runtime, stock } = call;
  const { x, filter } = required(inputs, 'x', 'filter');
  const { bias } = inputs;
  expectFloat({ x, filter, bias });
  const { activation = 'linear' } = attrs as { activation?: string };
  const geometry = isNhwc(attrs as StockWindows) && stockGeometry(x.shape, filter.shape, attrs as StockWindows);
  // tfjs' own does not spread a bias of one value either, and says so.
  if (!geometry || (bias && sizeOf(bias) !== geometry.outChannels)) return stock();
  if (isFused(activation)) return convolution(runtime, x, filter, geometry, { bias, activation });
  const after = ACTIVATIONS[activation]?.(call);
  const kernel = after && tf.getKernel(after.kernel, 'wasm');
  if (!kernel) throw new KernelInputError(`activation: there is no ${JSON.stringify(activation)}`);
  for (const [name, tensor] of Object.entries<tf.TensorInfo>(after.inputs ?? {})) {
    expectFloat({ [name]: tensor });
    tf.backend_util.assertAndGetBroadcastShape(outputShape(geometry), tensor.shape);
  }
  const sums = convolution(runtime, x, filter, geometry, { bias });
  const y = kernel.kernelFunc({
    inputs: { x: sums, ...after.inputs },
    attrs: (after.attrs ?? {}) as tf.NamedAttrMap,
    backend: runtime.backend,
  });
  runtime.backend.disposeData(sums.dataId);
  return y;
};

/** Grouped, dilated, explicitly padded, with bias, residual and activation, and a filter that it may keep: what tfjs' Conv2D lacks. */
export const resnetConv2d: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { x, filter } = required(inputs, 'x', 'filter');
  const { bias, residual } = inputs;
  const { activation, privateFilter, ...attributes } = attrs as ConvAttributes & {
    activation?: Epilogue['activation'];
    privateFilter?: boolean;
  };
  const y = convolution(runtime, x, filter, convGeometry(x.shape, filter.shape, attributes), { bias, residual, activation });
  if (privateFilter) runtime.keepPackedAlone(filter);
  return y;
};
