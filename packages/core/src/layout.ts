/**
 * PyTorch's layouts beside those that tfjs computes in: a convolution's `OIHW` is stored as `HWIO`, a linear
 * layer's `OI` as `IO`, anything else as it is. This file owns the transposes; everything else names a layout.
 */
export type Layout = 'OIHW' | 'OI' | 'vector';

/** The shape in which a parameter of PyTorch's `shape` is stored. */
export function storedShape(shape: readonly number[], layout: Layout): number[] {
  const [o = 1, i = 1, h = 1, w = 1] = shape;
  if (layout === 'OIHW') return [h, w, i, o];
  if (layout === 'OI') return [i, o];
  return [...shape];
}

/**
 * PyTorch's order to the stored one: a new array, except for vectors.
 *
 * @param scale by which each output channel is multiplied on the way; not of vectors
 */
export function toStored<T extends Float32Array | Int8Array>(data: T, shape: readonly number[], layout: Layout, scale?: Float32Array): T {
  if (layout === 'vector') return data;
  const { o, i, inner } = sizes(shape);
  const out = like(data);
  const rest = i * inner;
  for (let first = 0; first < o; first += STRIP) {
    const end = Math.min(o, first + STRIP);
    for (let r = 0; r < rest; r++) {
      const to = ((r % inner) * i + Math.floor(r / inner)) * o;
      if (scale) for (let k = first; k < end; k++) out[to + k] = (data[k * rest + r] as number) * (scale[k] as number);
      else for (let k = first; k < end; k++) out[to + k] = data[k * rest + r] as number;
    }
  }
  return out;
}

/** The stored order to PyTorch's: a new array, except for vectors. */
export function toTorch<T extends Float32Array | Int8Array>(data: T, shape: readonly number[], layout: Layout): T {
  if (layout === 'vector') return data;
  const { o, i, inner } = sizes(shape);
  const out = like(data);
  const rest = i * inner;
  for (let first = 0; first < o; first += STRIP) {
    const end = Math.min(o, first + STRIP);
    for (let r = 0; r < rest; r++) {
      const from = ((r % inner) * i + Math.floor(r / inner)) * o;
      for (let k = first; k < end; k++) out[k * rest + r] = data[from + k] as number;
    }
  }
  return out;
}

/** An array of the same type and length. */
const like = <T extends Float32Array | Int8Array>(data: T): T => new (data.constructor as new (length: number) => T)(data.length);

/** Output channels that are moved together: what they lie beside each other in is a cache line, and that they lie apart in are few streams. */
const STRIP = 16;

const sizes = ([o = 1, i = 1, h = 1, w = 1]: readonly number[]) => ({ o, i, inner: h * w });
