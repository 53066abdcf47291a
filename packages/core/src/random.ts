/** MurmurHash3's 32-bit finalizer: every bit of the input changes about half of the output. */
export function mix32(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A 32-bit seed of its own for each name under one seed, so that the order in which things draw does not matter. */
export function seedFor(seed: number, name: string): number {
  let h = mix32(seed);
  for (let i = 0; i < name.length; i++) h = mix32(h ^ name.charCodeAt(i));
  return h;
}

/** Uniform numbers in [0, 1), the i-th a pure function of the seed and i. */
export function uniform(seed: number): () => number {
  let i = 0;
  return () => mix32((seed + Math.imul(i++, 0x9e3779b9)) | 0) / 2 ** 32;
}

/** Standard normal numbers by Box and Muller's transform. */
export function normal(seed: number): () => number {
  const draw = uniform(seed);
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - draw()));
    const angle = 2 * Math.PI * draw();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
