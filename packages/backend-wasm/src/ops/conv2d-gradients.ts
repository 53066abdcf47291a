import type { KernelImplementation } from '../registration.ts';
import { type ConvAttributes, convGeometry, type StockWindows, stockGeometry } from './conv-geometry.ts';
import { expectFloat, required } from './expect.ts';
import { filterGradient } from './filter-gradient.ts';
import { inputGradient } from './input-gradient.ts';

export const conv2dBackpropInput: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { dy, filter } = required(inputs, 'dy', 'filter');
  expectFloat({ dy, filter });
  const { inputShape, ...windows } = attrs as StockWindows & { inputShape: number[] };
  if (windows.dataFormat === 'NCHW') return stock();
  return inputGradient(runtime, dy, filter, stockGeometry(inputShape, filter.shape, windows));
};

/** tfjs-backend-wasm has none: with it, what tfjs' own gradients need to train convolutions is complete. */
export const conv2dBackpropFilter: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x, dy } = required(inputs, 'x', 'dy');
  expectFloat({ x, dy });
  const { filterShape, ...windows } = attrs as StockWindows & { filterShape: number[] };
  if (windows.dataFormat === 'NCHW') return stock();
  return filterGradient(runtime, x, dy, stockGeometry(x.shape, filterShape, windows));
};

export const resnetConv2dBackpropInput: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { dy, filter } = required(inputs, 'dy', 'filter');
  const { inputShape, ...attributes } = attrs as ConvAttributes & { inputShape: number[] };
  return inputGradient(runtime, dy, filter, convGeometry(inputShape, filter.shape, attributes));
};

export const resnetConv2dBackpropFilter: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { x, dy } = required(inputs, 'x', 'dy');
  const { filterShape, ...attributes } = attrs as ConvAttributes & { filterShape: number[] };
  return filterGradient(runtime, x, dy, convGeometry(x.shape, filterShape, attributes));
};
