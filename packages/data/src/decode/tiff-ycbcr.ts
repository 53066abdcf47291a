/** What a converter of luma and colour needs of the file. */
export interface YcbcrSpec {
  /** Of red, green and blue in luma. */
  readonly coefficients: readonly number[];
  /** The codes of black and white for each of the three. */
  readonly referenceBlackWhite: readonly number[];
}

/** Turns pixels of Y, Cb, Cr (3 bytes each) into RGB, in place. */
export type YcbcrConverter = (pixels: Uint8Array) => void;

/** Pillow's own arithmetic, with which it converts uncompressed files: 6 binary places. */
export function pillowYcbcr(): YcbcrConverter {
  const table = (factor: number) => Int32Array.from({ length: 256 }, (_, code) => Math.trunc((code - 128) * factor * 64 + 0.5));
  const [redCr, greenCb, greenCr, blueCb] = [table(1.402), table(-0.34414), table(-0.71414), table(1.772)];
  return (pixels) =>
    convert(pixels, (y, cb, cr, out) => {
      out[0] = y + ((redCr[cr] as number) >> 6);
      out[1] = y + (((greenCb[cb] as number) + (greenCr[cr] as number)) >> 6);
      out[2] = y + ((blueCb[cb] as number) >> 6);
    });
}

/** libtiff's arithmetic, to which Pillow leaves compressed files: 16 binary places, and the file's own black and white. */
export function libtiffYcbcr({ coefficients, referenceBlackWhite }: YcbcrSpec): YcbcrConverter {
  const [red = 0.299, green = 0.587, blue = 0.114] = coefficients.map(Math.fround);
  const [blackY = 0, whiteY = 255, blackCb = 128, whiteCb = 255, blackCr = 128, whiteCr = 255] = referenceBlackWhite;
  const fix = (factor: number) => Math.trunc(Math.min(Math.max(Math.fround(factor), 0), 2) * 65536 + 0.5);
  const [ofRed, ofBlue] = [Math.fround(2 - 2 * red), Math.fround(2 - 2 * blue)];
  const [d1, d2, d3, d4] = [fix(ofRed), -fix((red * ofRed) / green), fix(ofBlue), -fix((blue * ofBlue) / green)];
  const value = (code: number, black: number, white: number, range: number) => {
    const span = Math.trunc(white - black) || 1;
    return Math.trunc(Math.min(Math.max(Math.fround(((code - Math.trunc(black)) * range) / span), -4096), 4096));
  };
  const table = (of: (code: number) => number) => Int32Array.from({ length: 256 }, (_, code) => of(code));
  const luma = table((code) => value(code, blackY, whiteY, 255));
  const cbs = table((code) => value(code - 128, blackCb - 128, whiteCb - 128, 127));
  const crs = table((code) => value(code - 128, blackCr - 128, whiteCr - 128, 127));
  return (pixels) =>
    convert(pixels, (y, cb, cr, out) => {
      const [light, blueness, redness] = [luma[y] as number, cbs[cb] as number, crs[cr] as number];
      out[0] = light + ((d1 * redness + 32768) >> 16);
      out[1] = light + ((d4 * blueness + 32768 + d2 * redness) >> 16);
      out[2] = light + ((d3 * blueness + 32768) >> 16);
    });
}

function convert(pixels: Uint8Array, toRgb: (y: number, cb: number, cr: number, out: Uint8ClampedArray) => void): void {
  const rgb = new Uint8ClampedArray(3);
  for (let at = 0; at + 2 < pixels.length; at += 3) {
    toRgb(pixels[at] as number, pixels[at + 1] as number, pixels[at + 2] as number, rgb);
    pixels.set(rgb, at);
  }
}
