import { type Drawn, heat } from './heat.ts';

/** Pixels, `[height,width,3]`. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/**
 * A heat map over its photo: the photo's grey where nothing matters, the map's colours where something does, and darkness where the network
 * was shown nothing.
 *
 * @throws RangeError for a photo of another size.
 */
export function overlay(photo: Picture, explanation: Drawn): Picture {
  const { width, height } = explanation;
  if (photo.width !== width || photo.height !== height || photo.data.length !== 3 * width * height)
    throw new RangeError(
      `overlay: the map is ${width}x${height}, but the photo is ${photo.width}x${photo.height}. Give the photo that was explained.`,
    );
  const above = heat(explanation).data;
  const data = new Uint8Array(3 * width * height);
  for (let p = 0; p < width * height; p++) {
    const [r = 0, g = 0, b = 0] = photo.data.subarray(3 * p, 3 * p + 3);
    const grey = 0.299 * r + 0.587 * g + 0.114 * b;
    const cover = (above[4 * p + 3] as number) / 255;
    for (let c = 0; c < 3; c++) data[3 * p + c] = Math.round((1 - cover) * grey + cover * (above[4 * p + c] as number));
  }
  return { width, height, data };
}
