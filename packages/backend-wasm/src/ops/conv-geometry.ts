/** A two-dimensional convolution of NHWC images by an HWIO filter; every number a count of elements. */
export interface ConvGeometry {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly groups: number;
}

/** The attributes of our own convolution kernels. */
export interface ConvAttributes {
  readonly strides: readonly [number, number];
  /** Top, bottom, left, right. */
  readonly pad: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
  readonly groups: number;
}

const outputSize = (size: number, pads: number, kernel: number, stride: number, dilation: number) =>
  Math.floor((size + pads - (kernel - 1) * dilation - 1) / stride) + 1;

/** @param inShape `[N,H,W,C]`; @param filterShape `[kh,kw,C/groups,O]` */
export function convGeometry(inShape: readonly number[], filterShape: readonly number[], attributes: ConvAttributes): ConvGeometry {
  const [batch = 0, inHeight = 0, inWidth = 0, inChannels = 0] = inShape;
  const [kernelHeight = 0, kernelWidth = 0, , outChannels = 0] = filterShape;
  const [strideHeight, strideWidth] = attributes.strides;
  const [dilationHeight, dilationWidth] = attributes.dilations;
  const [top, bottom, left, right] = attributes.pad;
  return {
    ...{ batch, inHeight, inWidth, inChannels, outChannels, kernelHeight, kernelWidth },
    ...{ strideHeight, strideWidth, dilationHeight, dilationWidth, top, bottom, left, right },
    outHeight: outputSize(inHeight, top + bottom, kernelHeight, strideHeight, dilationHeight),
    outWidth: outputSize(inWidth, left + right, kernelWidth, strideWidth, dilationWidth),
    groups: attributes.groups,
  };
}
