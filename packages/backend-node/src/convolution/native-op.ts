import type * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend, OpAttribute } from '../native-backend.ts';
import type { ConvolutionAttributes } from './attributes.ts';

/** libtensorflow's convolutions; those of images whose every channel has filters of its own are others. */
export type NativeOp =
  | 'Conv2D'
  | 'Conv2DBackpropInput'
  | 'Conv2DBackpropFilter'
  | 'DepthwiseConv2dNative'
  | 'DepthwiseConv2dNativeBackpropInput'
  | 'DepthwiseConv2dNativeBackpropFilter';

/** Runs one of them on float32 images, NHWC, with explicit padding. */
export function nativeOp(
  backend: NativeBackend,
  op: NativeOp,
  inputs: readonly tf.TensorInfo[],
  { strides, pad, dilations }: Omit<ConvolutionAttributes, 'groups'>,
): tf.Tensor4D {
  const { TF_FLOAT, TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_STRING, TF_ATTR_BOOL } = backend.binding;
  const explicit = pad.some((p) => p !== 0);
  const attributes: OpAttribute[] = [
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: 'strides', type: TF_ATTR_INT, value: [1, ...strides, 1] },
    { name: 'padding', type: TF_ATTR_STRING, value: explicit ? 'EXPLICIT' : 'VALID' },
    { name: 'data_format', type: TF_ATTR_STRING, value: 'NHWC' },
    { name: 'dilations', type: TF_ATTR_INT, value: [1, ...dilations, 1] },
  ];
  if (explicit) attributes.push({ name: 'explicit_paddings', type: TF_ATTR_INT, value: [0, 0, ...pad, 0, 0] });
  if (op.startsWith('Conv2D')) attributes.push({ name: 'use_cudnn_on_gpu', type: TF_ATTR_BOOL, value: true });
  return backend.executeSingleOutput(op, attributes, inputs) as tf.Tensor4D;
}
