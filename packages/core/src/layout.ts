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

/** PyTorch's order to the stored one: a new array, except for vectors. */
export function toStored<T extends Float32Array | Int8Array>(data: T, shape: readonly number[], layout: Layout): T {
  return layout === 'vector' ? data : transpose(data, shape[0] ?? 1, data.length / (shape[0] ?? 1), innerSize(shape));
}

/** The stored order to PyTorch's: a new array, except for vectors. */
export function toTorch<T extends Float32Array | Int8Array>(data: T, shape: readonly number[], layout: Layout): T {
  if (layout === 'vector') return data;
  const [o = 1, i = 1] = shape;
  const inner = innerSize(shape);
  const out = like(data);
  for (let s = 0; s < inner; s++)
    for (let c = 0; c < i; c++) {
      const from = (s * i + c) * o;
      const to = c * inner + s;
      for (let k = 0; k < o; k++) out[k * i * inner + to] = data[from + k] as number;
    }
  return out;
}

/** An array of the same type and length. */
const like = <T extends Float32Array | Int8Array>(data: T): T => new (data.constructor as new (length: number) => T)(data.length);

const innerSize = (shape: readonly number[]) => (shape[2] ?? 1) * (shape[3] ?? 1);

/** `[o, i, inner]` to `[inner, i, o]`. */
function transpose<T extends Float32Array | Int8Array>(data: T, o: number, rest: number, inner: number): T {
  const i = rest / inner;
  const out = like(data);
  for (let s = 0; s < inner; s++)
    for (let c = 0; c < i; c++) {
      const to = (s * i + c) * o;
      const from = c * inner + s;
      for (let k = 0; k < o; k++) out[to + k] = data[k * rest + from] as number;
    }
  return out;
}
