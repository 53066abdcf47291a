import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../native-backend.ts';
import type { Abilities, ConvolutionAttributes, Shape4D } from './attributes.ts';
import { filterGradientByTaps, inputGradientByTaps } from './by-taps.ts';
import { type NativeOp, nativeOp } from './native-op.ts';

/** A convolution and its gradients, by libtensorflow's own where it has them and composed of those it has elsewhere. */
export class Convolution {
  readonly #backend: NativeBackend;
  readonly #can: Abilities;

  constructor(backend: NativeBackend, can: Abilities) {
    this.#backend = backend;
    this.#can = can;
  }

  /** @param x `[N,H,W,C]` @param filter `[kh,kw,C/groups,O]` */
  forward(x: tf.Tensor4D, filter: tf.Tensor4D, attributes: ConvolutionAttributes): tf.Tensor4D {
    const { groups } = attributes;
    if (x.size === 0) return tf.zeros(resultShape(x.shape, filter.shape, attributes)); // libtensorflow 2.21 gives it the input's shape
    if (isDepthwise(groups, filter.shape)) return this.#run('DepthwiseConv2dNative', [x, byChannel(filter, groups)], attributes);
    if (groups === 1 || this.#can.groups) return this.#run('Conv2D', [x, filter], attributes);
    return inGroups(groups, [x, filter], (part, kernel) => this.forward(part, kernel, { ...attributes, groups: 1 }));
  }

  /** dL/dx. @param dy `[N,H',W',O]` */
  inputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, attributes: ConvolutionAttributes & { inputShape: Shape4D }): tf.Tensor4D {
    const { groups, inputShape } = attributes;
    if (dy.size === 0) return tf.zeros([...inputShape]);
    if (this.#mustAvoidDilation(attributes)) return inputGradientByTaps(dy, filter, attributes, (...args) => this.inputGradient(...args));
    const sizes = tf.tensor1d([...inputShape], 'int32');
    if (isDepthwise(groups, filter.shape))
      return this.#run('DepthwiseConv2dNativeBackpropInput', [sizes, byChannel(filter, groups), dy], attributes);
    if (groups === 1 || this.#can.groups) return this.#run('Conv2DBackpropInput', [sizes, filter, dy], attributes);
    const [n, h, w, c] = inputShape;
    const single = { ...attributes, groups: 1, inputShape: [n, h, w, c / groups] as const };
    return inGroups(groups, [dy, filter], (part, kernel) => this.inputGradient(part, kernel, single));
  }

  /** dL/dfilter. @param x `[N,H,W,C]` @param dy `[N,H',W',O]` */
  filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, attributes: ConvolutionAttributes & { filterShape: Shape4D }): tf.Tensor4D {
    const { groups, filterShape } = attributes;
    if (x.size === 0) return tf.zeros([...filterShape]);
    if (this.#mustAvoidDilation(attributes)) return filterGradientByTaps(x, dy, attributes, (...args) => this.filterGradient(...args));
    const [kh, kw, inC, outC] = filterShape;
    if (isDepthwise(groups, filterShape)) {
      const sizes = tf.tensor1d([kh, kw, groups, outC / groups], 'int32');
      return tf.reshape(this.#run('DepthwiseConv2dNativeBackpropFilter', [x, sizes, dy], attributes), [...filterShape]);
    }
    if (groups === 1 || this.#can.groups)
      return this.#run('Conv2DBackpropFilter', [x, tf.tensor1d([...filterShape], 'int32'), dy], attributes);
    const single = { ...attributes, groups: 1, filterShape: [kh, kw, inC, outC / groups] as const };
    return inGroups(groups, [x, dy], (part, gradient) => this.filterGradient(part, gradient, single));
  }

  #run(op: NativeOp, inputs: tf.Tensor[], attributes: ConvolutionAttributes): tf.Tensor4D {
    return nativeOp(this.#backend, op, inputs, attributes);
  }

  #mustAvoidDilation({ dilations }: ConvolutionAttributes): boolean {
    return !this.#can.dilatedGradients && (dilations[0] > 1 || dilations[1] > 1);
  }
}

function resultShape(x: Shape4D, filter: Shape4D, { strides, pad, dilations }: ConvolutionAttributes): [number, number, number, number] {
  const [top, bottom, left, right] = pad;
  const explicit: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  const ungrouped: [number, number, number, number] = [filter[0], filter[1], x[3], filter[3]];
  return tf.backend_util.computeConv2DInfo([...x], ungrouped, [...strides], [...dilations], explicit).outShape;
}

const isDepthwise = (groups: number, [, , inC]: readonly number[]) => groups > 1 && inC === 1;

/** `[kh,kw,1,O]` as the depthwise operations take it: `[kh,kw,C,O/C]`. */
const byChannel = (filter: tf.Tensor4D, channels: number): tf.Tensor4D => {
  const [kh, kw, , outC] = filter.shape;
  return tf.reshape(filter, [kh, kw, channels, outC / channels]);
};

/** Each group by itself; results side by side along the last axis. */
const inGroups = (
  groups: number,
  inputs: readonly [tf.Tensor4D, tf.Tensor4D],
  run: (a: tf.Tensor4D, b: tf.Tensor4D) => tf.Tensor4D,
): tf.Tensor4D => {
  const [as, bs] = inputs.map((x) => tf.split(x, groups, 3)) as [tf.Tensor4D[], tf.Tensor4D[]];
  return tf.concat(
    as.map((a, g) => run(a, bs[g] as tf.Tensor4D)),
    3,
  );
};
