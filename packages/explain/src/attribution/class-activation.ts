import * as tf from '@tensorflow/tfjs-core';
import { principalMap } from './principal-map.ts';

/** How a layer's channels are weighed into one map, by name. All of them keep what speaks for the class and leave out the rest. */
export const CLASS_ACTIVATION_METHODS = ['grad-cam', 'grad-cam++', 'hires-cam', 'layer-cam', 'eigen-cam'] as const;
export type ClassActivationMethod = (typeof CLASS_ACTIVATION_METHODS)[number];

type Combine = (activations: tf.Tensor4D, gradients: tf.Tensor4D) => tf.Tensor;

const overPixels = (x: tf.Tensor): tf.Tensor => tf.sum(x, [1, 2], true);
const overChannels = (x: tf.Tensor): tf.Tensor => tf.relu(tf.sum(x, -1));

const combine: Readonly<Record<Exclude<ClassActivationMethod, 'eigen-cam'>, Combine>> = {
  /** Selvaraju et al. 2016, equations 1 and 2, https://arxiv.org/abs/1610.02391 */
  'grad-cam': (a, g) => overChannels(tf.mul(a, tf.mean(g, [1, 2], true))),
  /**
   * Chattopadhyay et al. 2017, equation 19, https://arxiv.org/abs/1710.11063: of the exponential of the score, whose higher derivatives are
   * powers of the first. What is constant over a map, that exponential, is left out.
   */
  'grad-cam++': (a, g) => {
    const squared = tf.square(g);
    const divisor = tf.add(tf.mul(squared, 2), tf.mul(tf.mul(squared, g), overPixels(a)));
    const isZero = tf.equal(divisor, 0);
    const alpha = tf.where(isZero, tf.zerosLike(divisor), tf.div(squared, tf.where(isZero, tf.onesLike(divisor), divisor)));
    return overChannels(tf.mul(a, overPixels(tf.mul(alpha, tf.relu(g)))));
  },
  /** Draelos & Carin 2020, https://arxiv.org/abs/2011.08891 */
  'hires-cam': (a, g) => overChannels(tf.mul(a, g)),
  /** Jiang et al. 2021, equations 5 and 6, https://doi.org/10.1109/TIP.2021.3089943 */
  'layer-cam': (a, g) => overChannels(tf.mul(a, tf.relu(g))),
};

/** Whether a method asks which class. */
export const needsGradient = (method: ClassActivationMethod): method is keyof typeof combine => method !== 'eigen-cam';

/**
 * @param activations `[N,h,w,K]`
 * @param gradients of the score by them
 * @returns `[N,h,w]`, the caller's
 */
export const activationMap = (method: keyof typeof combine, activations: tf.Tensor4D, gradients: tf.Tensor4D): tf.Tensor =>
  tf.tidy(() => combine[method](activations, gradients));

/**
 * What the activations have most in common, whatever the class.
 *
 * @param activations `[h,w,K]` flat
 * @see Muhammad & Yeasin 2020, https://arxiv.org/abs/2008.00299
 */
export const eigenMap = (activations: Float32Array, pixels: number): Float32Array =>
  principalMap(activations, pixels).map((value) => Math.max(0, value));
