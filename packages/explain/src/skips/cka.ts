/** Linear CKA of layers with one another, batch after batch. */
export interface CkaTally {
  /**
   * @param grams of each layer, the inner products of n images' features, `[n,n]` row-major
   * @param n from 4
   */
  add(grams: readonly Float32Array[], n: number): void;
  total(): number[][];
}

/**
 * Means over batches of an unbiased estimate of HSIC, so that the result does not depend on how large the batches are.
 *
 * @see Nguyen et al. 2020, equations 2 and 3, https://arxiv.org/abs/2010.15327
 * @see Song et al. 2012, equation 5, https://jmlr.org/papers/v13/song12a.html
 */
export function ckaTally(layers: number): CkaTally {
  const sums = Array.from({ length: layers }, () => new Float64Array(layers));
  return {
    add(grams, n) {
      const kernels = grams.map((gram) => withoutDiagonal(gram, n));
      for (const [i, a] of kernels.entries())
        for (const [j, b] of kernels.entries())
          if (j <= i) {
            const value = hsic(a, b, n);
            (sums[i] as Float64Array)[j] = (sums[i]?.[j] as number) + value;
            if (j < i) (sums[j] as Float64Array)[i] = (sums[j]?.[i] as number) + value;
          }
    },
    total: () => sums.map((row, i) => [...row].map((value, j) => value / Math.sqrt((sums[i]?.[i] as number) * (sums[j]?.[j] as number)))),
  };
}

interface Kernel {
  readonly values: Float64Array;
  readonly rows: Float64Array;
  readonly sum: number;
}

function withoutDiagonal(gram: Float32Array, n: number): Kernel {
  const values = Float64Array.from(gram);
  const rows = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    values[i * n + i] = 0;
    for (let j = 0; j < n; j++) rows[i] = (rows[i] as number) + (values[i * n + j] as number);
  }
  return { values, rows, sum: rows.reduce((sum, row) => sum + row, 0) };
}

function hsic(a: Kernel, b: Kernel, n: number): number {
  let [trace, rows] = [0, 0];
  for (let i = 0; i < a.values.length; i++) trace += (a.values[i] as number) * (b.values[i] as number); // both are symmetric
  for (let i = 0; i < n; i++) rows += (a.rows[i] as number) * (b.rows[i] as number);
  return (trace + (a.sum * b.sum) / ((n - 1) * (n - 2)) - (2 * rows) / (n - 2)) / (n * (n - 3));
}
