const MOST_STEPS = 3000;
const EXACT = 1e-11;

/**
 * Pixels, less their mean, projected on the first principal component of their channels. Its sign is that by which the projection grows with the sum of the channels.
 *
 * @param values `[pixels, channels]` flat
 * @returns `[pixels]`
 */
export function principalMap(values: Float32Array, pixels: number): Float32Array {
  const channels = values.length / pixels;
  const centred = Float64Array.from(values);
  for (let k = 0; k < channels; k++) {
    let mean = 0;
    for (let i = k; i < values.length; i += channels) mean += (values[i] as number) / pixels;
    for (let i = k; i < values.length; i += channels) centred[i] = (centred[i] as number) - mean;
  }
  // Of the two products of the matrix with itself the smaller one has the same eigenvalues.
  const direction =
    channels <= pixels
      ? firstEigenvector(products(centred, channels, { count: pixels, step: channels, stride: 1 }), channels)
      : along(centred, firstEigenvector(products(centred, pixels, { count: channels, step: 1, stride: channels }), pixels), channels);
  const map = new Float64Array(pixels);
  const sums = new Float64Array(pixels);
  for (let i = 0; i < pixels; i++)
    for (let k = 0; k < channels; k++) {
      const value = centred[i * channels + k] as number;
      map[i] = (map[i] as number) + value * (direction[k] as number);
      sums[i] = (sums[i] as number) + value;
    }
  const sign = covariance(map, sums) < 0 ? -1 : 1;
  return Float32Array.from(map, (value) => sign * value);
}

/** All inner products of `size` vectors of `count` numbers that lie `step` apart, the vectors `stride` apart. */
function products(
  values: Float64Array,
  size: number,
  { count, step, stride }: { readonly count: number; readonly step: number; readonly stride: number },
): Float64Array {
  const result = new Float64Array(size * size);
  for (let a = 0; a < size; a++)
    for (let b = a; b < size; b++) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += (values[a * stride + i * step] as number) * (values[b * stride + i * step] as number);
      result[a * size + b] = sum;
      result[b * size + a] = sum;
    }
  return result;
}

/** By power iteration, of a symmetric matrix without negative eigenvalues. */
function firstEigenvector(matrix: Float64Array, size: number): Float64Array {
  let vector: Float64Array = Float64Array.from({ length: size }, (_, i) => 1 + i / size); // of no symmetry that an eigenvector may have
  for (let step = 0; step < MOST_STEPS; step++) {
    const next = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += (matrix[i * size + k] as number) * (vector[k] as number);
      next[i] = sum;
    }
    const length = Math.hypot(...next);
    if (length === 0) return next; // nothing varies
    let change = 0;
    for (let i = 0; i < size; i++) {
      next[i] = (next[i] as number) / length;
      change = Math.max(change, Math.abs((next[i] as number) - (vector[i] as number)));
    }
    vector = next;
    if (change < EXACT) break;
  }
  return vector;
}

/** The direction among channels that belongs to one among pixels. */
function along(centred: Float64Array, ofPixels: Float64Array, channels: number): Float64Array {
  const direction = new Float64Array(channels);
  for (let i = 0; i < ofPixels.length; i++)
    for (let k = 0; k < channels; k++)
      direction[k] = (direction[k] as number) + (ofPixels[i] as number) * (centred[i * channels + k] as number);
  const length = Math.hypot(...direction) || 1;
  return direction.map((value) => value / length);
}

function covariance(a: Float64Array, b: Float64Array): number {
  const mean = b.reduce((sum, value) => sum + value, 0) / b.length;
  return a.reduce((sum, value, i) => sum + value * ((b[i] as number) - mean), 0);
}
