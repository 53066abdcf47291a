import * as tf from '@tensorflow/tfjs-core';
import type { KernelCall, KernelImplementation } from '../registration.ts';
import { isFloat } from './chunks.ts';
import { type ConvAttributes, type ConvGeometry, convGeometry } from './conv-geometry.ts';
import { convolution, type Epilogue } from './convolution.ts';

/** tfjs' attributes of Conv2D and its gradients. */
export interface StockAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The geometry that tfjs means; undefined where the data are not NHWC. */
export function stockGeometry(
  inShape: readonly number[],
  filterShape: readonly number[],
  attributes: StockAttributes,
): ConvGeometry | undefined {
  const { strides, pad, dataFormat = 'NHWC', dilations = 1, dimRoundingMode } = attributes;
  if (dataFormat !== 'NHWC') return undefined;
  const info = tf.backend_util.computeConv2DInfo(
    inShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  const { top, bottom, left, right } = info.padInfo;
  return {
    ...convGeometry(inShape, filterShape, {
      strides: [info.strideHeight, info.strideWidth],
      pad: [top, bottom, left, right],
      dilations: [info.dilationHeight, info.dilationWidth],
      groups: 1,
    }),
    // 'same' padding and rounding modes can ask for a row more or less than our formula.
    outHeight: info.outHeight,
    outWidth: info.outWidth,
  };
}

export const conv2d: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x, filter } = inputs as { x: tf.TensorInfo; filter: tf.TensorInfo };
  const geometry = isFloat(x, filter) && stockGeometry(x.shape, filter.shape, attrs as StockAttributes);
  return geometry ? convolution(runtime, x, filter, geometry) : stock();
};

const FUSED = ['linear', 'relu', 'relu6'];

export const fusedConv2d: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x, filter, bias } = inputs as { x: tf.TensorInfo; filter: tf.TensorInfo; bias?: tf.TensorInfo };
  const { activation = 'linear' } = attrs as { activation?: string };
  const vectorBias = !bias || bias.shape.reduce((a, b) => a * b, 1) === filter.shape[3];
  const geometry =
    isFloat(x, filter, bias) && vectorBias && FUSED.includes(activation) && stockGeometry(x.shape, filter.shape, attrs as StockAttributes);
  return geometry ? convolution(runtime, x, filter, geometry, { bias, activation: activation as Epilogue['activation'] }) : stock();
};

/** Grouped, dilated, explicitly padded, with bias, residual and activation: what tfjs' Conv2D lacks. */
export const resnetConv2d: KernelImplementation = ({ inputs, attrs, runtime }: KernelCall) => {
  const { x, filter, bias, residual } = inputs as {
    x: tf.TensorInfo;
    filter: tf.TensorInfo;
    bias?: tf.TensorInfo;
    residual?: tf.TensorInfo;
  };
  const attributes = attrs as ConvAttributes & { activation?: Epilogue['activation'] };
  return convolution(runtime, x, filter, convGeometry(x.shape, filter.shape, attributes), {
    bias,
    residual,
    activation: attributes.activation,
  });
};
