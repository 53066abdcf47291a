/** Looks up pixels in `palette`, 256 RGB triples. */
export function indexedToRgb(indices: Uint8Array, palette: Uint8Array): Uint8Array {
  const data = new Uint8Array(indices.length * 3);
  for (let i = 0, to = 0; i < indices.length; i++) {
    const from = (indices[i] as number) * 3;
    data[to++] = palette[from] as number;
    data[to++] = palette[from + 1] as number;
    data[to++] = palette[from + 2] as number;
  }
  return data;
}

/** Repeats each grey byte as red, green and blue. */
export function greyToRgb(grey: Uint8Array): Uint8Array {
  const data = new Uint8Array(grey.length * 3);
  for (let i = 0, to = 0; i < grey.length; i++) {
    const value = grey[i] as number;
    data[to++] = value;
    data[to++] = value;
    data[to++] = value;
  }
  return data;
}
