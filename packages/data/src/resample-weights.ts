/** The filters of Pillow's `Image.resize`. */
export type Interpolation = 'bilinear' | 'bicubic' | 'lanczos';

/** Fixed-point fraction of the weights: 8 bits of the 32 are the pixel, 2 are headroom for filters that overshoot. */
export const WEIGHT_BITS = 32 - 8 - 2;

/** For each output position along one axis, the input positions it takes and their weights. */
export interface ResampleWeights {
  /** Output positions. */
  readonly length: number;
  /** First input position per output position. */
  readonly starts: Int32Array;
  /** Number of input positions per output position, at most `stride`. */
  readonly counts: Int32Array;
  /** `[length * stride]`, `WEIGHT_BITS` of fraction. */
  readonly weights: Int32Array;
  readonly stride: number;
}

const FILTERS: Record<Interpolation, { support: number; at(x: number): number }> = {
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, at: (x) => cubic(Math.abs(x)) },
  lanczos: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Keys' cubic with a = -0.5, evaluated in Pillow's order. */
function cubic(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * -0.5;
  return 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** Which part of an axis to resample, and which output positions are wanted. */
export interface AxisOptions {
  readonly interpolation: Interpolation;
  /** First output position wanted: what is cropped away is not computed. */
  readonly first?: number;
  /** Output positions wanted. Default: all. */
  readonly wanted?: number;
}

/**
 * Computes the weights that take an axis of `inSize` pixels to `outSize`, as Pillow does: the filter widens with the
 * downscale (antialiasing), weights are normalized in double precision, then rounded half away from zero.
 *
 * @see https://github.com/python-pillow/Pillow/blob/9.4.0/src/libImaging/Resample.c (`precompute_coeffs`)
 */
export function resampleWeights(
  inSize: number,
  outSize: number,
  { interpolation, first = 0, wanted = outSize }: AxisOptions,
): ResampleWeights {
  const filter = FILTERS[interpolation];
  const scale = inSize / outSize;
  const filterScale = Math.max(scale, 1);
  const support = filter.support * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(wanted);
  const counts = new Int32Array(wanted);
  const weights = new Int32Array(wanted * stride);
  const exact = new Float64Array(stride);

  for (let i = 0; i < wanted; i++) {
    const center = (first + i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(inSize, Math.trunc(center + support + 0.5)) - start;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const weight = filter.at((k + start - center + 0.5) * (1 / filterScale));
      exact[k] = weight;
      sum += weight;
    }
    starts[i] = start;
    counts[i] = count;
    for (let k = 0; k < count; k++) {
      const weight = ((exact[k] as number) / (sum || 1)) * (1 << WEIGHT_BITS);
      weights[i * stride + k] = Math.trunc(weight + (weight < 0 ? -0.5 : 0.5));
    }
  }
  return { length: wanted, starts, counts, weights, stride };
}
