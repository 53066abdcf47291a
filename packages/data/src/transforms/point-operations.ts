import { assertRgbImage, type RgbImage } from '../rgb-image.ts';

/** What each byte of a channel becomes. */
export type Lookup = Uint8Array | Uint8ClampedArray;

/** Puts every byte through a table: one for all channels, or one each for red, green and blue. */
export function applyLookup(image: RgbImage, tables: Lookup | readonly [Lookup, Lookup, Lookup]): RgbImage {
  assertRgbImage(image, 'applyLookup');
  const [red, green, blue] = tables instanceof Uint8Array || tables instanceof Uint8ClampedArray ? [tables, tables, tables] : tables;
  const { data } = image;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    out[i] = red[data[i] as number] as number;
    out[i + 1] = green[data[i + 1] as number] as number;
    out[i + 2] = blue[data[i + 2] as number] as number;
  }
  return { width: image.width, height: image.height, data: out };
}

const tableOf = (at: (value: number) => number): Lookup => Uint8ClampedArray.from({ length: 256 }, (_, value) => at(value));

/** Turns every byte into 255 minus itself. */
export const invert = (image: RgbImage): RgbImage =>
  applyLookup(
    image,
    tableOf((value) => 255 - value),
  );

/** Inverts the bytes that are at or above `threshold`. */
export const solarize = (image: RgbImage, threshold: number): RgbImage =>
  applyLookup(
    image,
    tableOf((value) => (value < threshold ? value : 255 - value)),
  );

/** Keeps the `bits` highest bits of every byte. */
export const posterize = (image: RgbImage, bits: number): RgbImage =>
  applyLookup(
    image,
    tableOf((value) => value & ~(2 ** (8 - bits) - 1)),
  );

/** Stretches each channel to 0..255, as Pillow's `ImageOps.autocontrast`. */
export function autocontrast(image: RgbImage): RgbImage {
  return perChannel(image, (histogram) => {
    const low = histogram.findIndex((count) => count > 0);
    const high = histogram.findLastIndex((count) => count > 0);
    const scale = 255 / (high - low);
    return high <= low ? tableOf((value) => value) : tableOf((value) => Math.trunc(value * scale - low * scale));
  });
}

/** Flattens each channel's histogram, as Pillow's `ImageOps.equalize`. */
export function equalize(image: RgbImage): RgbImage {
  return perChannel(image, (histogram) => {
    const last = histogram.findLast((count) => count > 0) as number;
    const step = Math.floor((image.width * image.height - last) / 255);
    let sum = Math.floor(step / 2);
    return tableOf((value) => {
      if (step === 0) return value;
      const level = Math.floor(sum / step);
      sum += histogram[value] as number;
      return level;
    });
  });
}

function perChannel(image: RgbImage, table: (histogram: Int32Array) => Lookup): RgbImage {
  assertRgbImage(image, 'perChannel');
  const histograms = [new Int32Array(256), new Int32Array(256), new Int32Array(256)] as const;
  const { data } = image;
  for (let c = 0; c < 3; c++) {
    const histogram = histograms[c] as Int32Array;
    for (let i = c; i < data.length; i += 3) {
      const value = data[i] as number;
      histogram[value] = (histogram[value] as number) + 1;
    }
  }
  return applyLookup(image, [table(histograms[0]), table(histograms[1]), table(histograms[2])]);
}
