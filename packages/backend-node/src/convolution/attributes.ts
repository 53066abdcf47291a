type Pair = readonly [number, number];
export type Shape4D = readonly [number, number, number, number];

/** A convolution, as `@resnetjs/core` hands it to a backend's kernel. */
export interface ConvolutionAttributes {
  readonly strides: Pair;
  /** Rows and columns of zeros: top, bottom, left, right. */
  readonly pad: readonly [number, number, number, number];
  readonly dilations: Pair;
  readonly groups: number;
}

/** What the native library can do itself; the rest is composed. */
export interface Abilities {
  /** Convolutions and gradients in groups: cuDNN does, the CPU's kernels do not. */
  readonly groups: boolean;
  /** Gradients of dilated convolutions, likewise. */
  readonly dilatedGradients: boolean;
}
