import type { ConvGeometry } from './conv-geometry.ts';

/** Calls `visit` for every product of a convolution: flat indices into x, filter and y. */
function everyProduct(g: ConvGeometry, visit: (x: number, filter: number, y: number) => void): void {
  const inC = g.inChannels / g.groups;
  const outC = g.outChannels / g.groups;
  for (let n = 0; n < g.batch; n++)
    for (let i = 0; i < g.outHeight; i++)
      for (let j = 0; j < g.outWidth; j++)
        for (let ky = 0; ky < g.kernelHeight; ky++)
          for (let kx = 0; kx < g.kernelWidth; kx++) {
            const row = i * g.strideHeight + ky * g.dilationHeight - g.top;
            const column = j * g.strideWidth + kx * g.dilationWidth - g.left;
            if (row < 0 || row >= g.inHeight || column < 0 || column >= g.inWidth) continue;
            for (let o = 0; o < g.outChannels; o++) {
              const group = Math.floor(o / outC);
              for (let c = 0; c < inC; c++)
                visit(
                  ((n * g.inHeight + row) * g.inWidth + column) * g.inChannels + group * inC + c,
                  ((ky * g.kernelWidth + kx) * inC + c) * g.outChannels + o,
                  ((n * g.outHeight + i) * g.outWidth + j) * g.outChannels + o,
                );
            }
          }
}

type Values = ArrayLike<number>;

/** The definition of a convolution and its gradients, in float64, to compare kernels with. */
export const referenceConv = {
  forward(g: ConvGeometry, x: Values, filter: Values): Float64Array {
    const y = new Float64Array(g.batch * g.outHeight * g.outWidth * g.outChannels);
    everyProduct(g, (a, f, b) => {
      y[b] = (y[b] as number) + (x[a] as number) * (filter[f] as number);
    });
    return y;
  },
  inputGradient(g: ConvGeometry, filter: Values, dy: Values): Float64Array {
    const dx = new Float64Array(g.batch * g.inHeight * g.inWidth * g.inChannels);
    everyProduct(g, (a, f, b) => {
      dx[a] = (dx[a] as number) + (dy[b] as number) * (filter[f] as number);
    });
    return dx;
  },
  filterGradient(g: ConvGeometry, x: Values, dy: Values): Float64Array {
    const dw = new Float64Array((g.kernelHeight * g.kernelWidth * g.inChannels * g.outChannels) / g.groups);
    everyProduct(g, (a, f, b) => {
      dw[f] = (dw[f] as number) + (x[a] as number) * (dy[b] as number);
    });
    return dw;
  },
};

/** Uniform values in [-1, 1), the same for the same seed. */
export function randomValues(size: number, seed: number): Float32Array {
  let state = seed >>> 0 || 1;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** The largest difference, as a part of the largest magnitude expected. */
export function relativeError(actual: Values, expected: Values): number {
  if (actual.length !== expected.length) throw new Error(`expected ${expected.length} values but received ${actual.length}`);
  let difference = 0;
  let magnitude = 1e-30;
  for (let i = 0; i < expected.length; i++) {
    const d = Math.abs((actual[i] as number) - (expected[i] as number));
    if (!(d <= difference)) difference = d;
    magnitude = Math.max(magnitude, Math.abs(expected[i] as number));
  }
  return difference / magnitude;
}
