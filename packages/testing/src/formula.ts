/** A tensor in PyTorch's layout, as a state dict holds it. */
export interface FormulaTensor {
  readonly shape: number[];
  readonly data: Float32Array;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** CRC-32 of a name, as zlib's. */
function crc32(text: string): number {
  let c = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) c = (CRC_TABLE[(c ^ byte) & 255] as number) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

// Written out here rather than taken from the packages: what they are tested by should not be theirs.
function mix32(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The i-th of a name's numbers, in [-1, 1): the formula that fills the reference models, so that none needs a weight file. */
function numbers(name: string, size: number, scale: number, offset: number): Float32Array {
  const seed = crc32(name);
  const out = new Float32Array(size);
  // A loop: reference models have hundreds of millions of them.
  for (let i = 0; i < size; i++) out[i] = offset + scale * ((mix32((seed + Math.imul(i, 0x9e3779b9)) | 0) / 2 ** 32) * 2 - 1);
  return out;
}

/** A tensor filled by the formula from its state-dict name. `shape` is PyTorch's. */
export function formulaTensor(name: string, shape: readonly number[]): FormulaTensor {
  const size = shape.reduce((product, d) => product * d, 1);
  const fill = (scale: number, offset = 0) => ({ shape: [...shape], data: numbers(name, size, scale, offset) });
  if (name.endsWith('running_mean')) return fill(0.1);
  if (name.endsWith('running_var')) return fill(0.1, 1);
  if (name.endsWith('bias')) return fill(0.1);
  if (shape.length === 1) return fill(0.1, 0.6);
  return fill(Math.sqrt(6 / (size / (shape[0] ?? 1))));
}

/** A whole state dict filled by the formula, without `num_batches_tracked`. */
export const formulaWeights = (names: Readonly<Record<string, readonly number[]>>): Map<string, FormulaTensor> =>
  new Map(
    Object.entries(names)
      .filter(([name]) => !name.endsWith('num_batches_tracked'))
      .map(([name, shape]) => [name, formulaTensor(name, shape)]),
  );

/** The formula's input. @param shape NCHW @returns the same numbers as NHWC */
export function formulaInput([n = 1, c = 1, h = 1, w = 1]: readonly number[]): {
  shape: [number, number, number, number];
  data: Float32Array;
} {
  const planar = numbers('input', n * c * h * w, 1, 0);
  const data = new Float32Array(planar.length);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < c; k++) for (let p = 0; p < h * w; p++) data[(i * h * w + p) * c + k] = planar[(i * c + k) * h * w + p] as number;
  return { shape: [n, h, w, c], data };
}
