/**
 * Converts ink (4 bytes a pixel) to RGB as Pillow's `convert('RGB')` does: no profile, products of bytes rounded.
 *
 * @see https://github.com/python-pillow/Pillow/blob/9.4.0/src/libImaging/Convert.c (`cmyk2rgb`)
 */
export function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8ClampedArray((cmyk.length / 4) * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4) {
    const light = 255 - (cmyk[from + 3] as number);
    for (let c = 0; c < 3; c++) {
      const product = (cmyk[from + c] as number) * light + 128;
      rgb[to++] = light - ((product + (product >> 8)) >> 8);
    }
  }
  return new Uint8Array(rgb.buffer);
}
