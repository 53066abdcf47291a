import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelImplementation } from '../registration.ts';
import { type ConvAttributes, convGeometry } from './conv-geometry.ts';
import { type StockAttributes, stockGeometry } from './conv2d.ts';
import { filterGradient } from './filter-gradient.ts';
import { inputGradient } from './input-gradient.ts';

export const conv2dBackpropInput: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
  const { inputShape, ...rest } = attrs as StockAttributes & { inputShape: number[] };
  const geometry = stockGeometry(inputShape, filter.shape, rest);
  return geometry ? inputGradient(runtime, dy, filter, geometry) : stock();
};

/** tfjs-backend-wasm has none: with it, what tfjs' own gradients need to train convolutions is complete. */
export const conv2dBackpropFilter: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
  const { filterShape, ...rest } = attrs as StockAttributes & { filterShape: number[] };
  const geometry = stockGeometry(x.shape, filterShape, rest);
  return geometry ? filterGradient(runtime, x, dy, geometry) : stock();
};

export const resnetConv2dBackpropInput: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
  const attributes = attrs as ConvAttributes & { inputShape: number[] };
  return inputGradient(runtime, dy, filter, convGeometry(attributes.inputShape, filter.shape, attributes));
};

export const resnetConv2dBackpropFilter: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
  const attributes = attrs as ConvAttributes & { filterShape: number[] };
  return filterGradient(runtime, x, dy, convGeometry(x.shape, attributes.filterShape, attributes));
};
