import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../native-backend.ts';
import type { ConvolutionAttributes, Shape4D } from './attributes.ts';
import { Convolution } from './convolution.ts';
import { findAbilities, selfCheck } from './self-check.ts';

const BACKEND = 'tensorflow';

type Inputs = Readonly<Record<string, tf.Tensor4D>>;
type Attributes = ConvolutionAttributes & { readonly inputShape: Shape4D; readonly filterShape: Shape4D; readonly activation?: string };

const kernels = (convolution: Convolution): Record<string, (inputs: Inputs, attributes: Attributes) => tf.Tensor> => ({
  ResNetConv2D: ({ x, filter, bias, residual }, attributes) => {
    let y: tf.Tensor = convolution.forward(x as tf.Tensor4D, filter as tf.Tensor4D, attributes);
    if (bias) y = tf.add(y, bias);
    if (residual) y = tf.add(y, residual);
    return attributes.activation === 'relu' ? tf.relu(y) : y;
  },
  ResNetConv2DBackpropInput: ({ dy, filter }, attributes) =>
    convolution.inputGradient(dy as tf.Tensor4D, filter as tf.Tensor4D, attributes),
  ResNetConv2DBackpropFilter: ({ x, dy }, attributes) => convolution.filterGradient(x as tf.Tensor4D, dy as tf.Tensor4D, attributes),
});

export interface Registered {
  /** What the library does by itself: `convolution in groups, dilated gradients`. */
  readonly native: readonly string[];
  /** Why the portable forms of `@resnetjs/core` run instead. */
  readonly fallback?: string;
  /** Takes the kernels out again. */
  remove(): void;
}

/**
 * Registers convolutions with groups and dilation, and their gradients, under the names that `@resnetjs/core` calls, after
 * checking each on this library and device; where one is wrong, none is registered and the portable forms serve.
 */
export function registerConvolutions(backend: NativeBackend): Registered {
  const abilities = findAbilities(backend);
  const convolution = new Convolution(backend, abilities);
  const fallback = selfCheck(convolution);
  if (fallback) return { native: [], fallback: `convolutions of libtensorflow did not pass their check: ${fallback}`, remove() {} };
  const names = Object.entries(kernels(convolution)).map(([kernelName, run]) => {
    const kernelFunc: tf.KernelFunc = ({ inputs, attrs }) => tf.tidy(() => run(inputs as Inputs, attrs as unknown as Attributes));
    tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
    return kernelName;
  });
  const native = ['convolution', ...(abilities.groups ? ['groups'] : []), ...(abilities.dilatedGradients ? ['dilated gradients'] : [])];
  return {
    native,
    remove() {
      for (const name of names) tf.unregisterKernel(name, BACKEND);
    },
  };
}
