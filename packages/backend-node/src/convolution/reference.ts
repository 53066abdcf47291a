import type { ConvolutionAttributes, Shape4D } from './attributes.ts';

/** One product of a convolution: which value of x, of the filter and of the result it is about. */
type Term = (x: number, filter: number, y: number) => void;

export interface Problem extends ConvolutionAttributes {
  /** `[N,H,W,C]` */
  readonly inputShape: Shape4D;
  /** `[kh,kw,C/groups,O]` */
  readonly filterShape: Shape4D;
}

/** `[N,H',W',O]` */
export function outputShape({ inputShape: [n, h, w], filterShape: [kh, kw, , o], strides, pad, dilations }: Problem): Shape4D {
  const size = (length: number, k: number, stride: number, dilation: number) => Math.floor((length - dilation * (k - 1) - 1) / stride) + 1;
  return [n, size(h + pad[0] + pad[1], kh, strides[0], dilations[0]), size(w + pad[2] + pad[3], kw, strides[1], dilations[1]), o];
}

/** Every product of a convolution, by the definition. The result and both gradients are sums over them. */
export function eachTerm(problem: Problem, term: Term): void {
  const { inputShape, filterShape, strides, pad, dilations, groups } = problem;
  const [n, h, w, c] = inputShape;
  const [kh, kw, inC, outC] = filterShape;
  const [, oh, ow] = outputShape(problem);
  for (let b = 0; b < n; b++)
    for (let i = 0; i < oh; i++)
      for (let j = 0; j < ow; j++)
        for (let o = 0; o < outC; o++)
          for (let ki = 0; ki < kh; ki++)
            for (let kj = 0; kj < kw; kj++)
              for (let ic = 0; ic < inC; ic++) {
                const row = i * strides[0] - pad[0] + ki * dilations[0];
                const column = j * strides[1] - pad[2] + kj * dilations[1];
                if (row < 0 || row >= h || column < 0 || column >= w) continue;
                const channel = Math.floor(o / (outC / groups)) * inC + ic;
                term(
                  ((b * h + row) * w + column) * c + channel,
                  ((ki * kw + kj) * inC + ic) * outC + o,
                  ((b * oh + i) * ow + j) * outC + o,
                );
              }
}
