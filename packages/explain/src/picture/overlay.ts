import type { Explanation, Method } from '../attribution/explanation.ts';
import { type ColourMap, diverging, sequential } from './colour-map.ts';

/** Pixels, `[height,width,3]`. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

const SIGNED: readonly Method[] = ['input-x-gradient', 'integrated-gradients', 'occlusion'];

/** Whether a method also says what speaks against a class. */
export const isSigned = (method: Method): boolean => SIGNED.includes(method);

export const colourMapOf = (method: Method): ColourMap => (isSigned(method) ? diverging : sequential);

/** Above this share of all values a map is as bright as it gets: single pixels would leave the rest dark. */
const BRIGHTEST = 0.995;
/** How much of the photo a hot pixel hides. */
const MOST_COVER = 0.85;
const PALE = 0.25;

type Shown = Pick<Explanation, 'map' | 'width' | 'height' | 'view' | 'method'>;

/** What of a photo's pixels the network was shown. */
const isSeen = ({ width, view }: Shown, pixel: number): boolean => {
  const [x, y] = [(pixel % width) + 0.5, Math.floor(pixel / width) + 0.5];
  return x >= view.left && x < view.left + view.width && y >= view.top && y < view.top + view.height;
};

/** The values that a map's ends of the colours stand for: of one with a sign as far below 0 as above. */
export function colourRange(explanation: Shown): readonly [low: number, high: number] {
  const { map, method } = explanation;
  const seen = map.filter((_, pixel) => isSeen(explanation, pixel));
  const sizes = (isSigned(method) ? seen.map(Math.abs) : seen).sort();
  const high = sizes[Math.min(sizes.length - 1, Math.floor(BRIGHTEST * sizes.length))] ?? 0;
  return [isSigned(method) ? -high : (sizes[0] ?? 0), high];
}

/**
 * A heat map over its photo: the photo's grey where nothing matters, the map's colours where something does, and darkness where the network
 * was shown nothing.
 *
 * @throws RangeError for a photo of another size.
 */
export function overlay(photo: Picture, explanation: Shown): Picture {
  const { map, width, height, method } = explanation;
  if (photo.width !== width || photo.height !== height || photo.data.length !== 3 * width * height)
    throw new RangeError(
      `overlay: the map is ${width}x${height}, but the photo is ${photo.width}x${photo.height}. Give the photo that was explained.`,
    );
  const colours = colourMapOf(method);
  const [low, high] = colourRange(explanation);
  const floor = isSigned(method) ? 0 : low;
  const data = new Uint8Array(3 * width * height);
  for (let p = 0; p < map.length; p++) {
    const [r = 0, g = 0, b = 0] = photo.data.subarray(3 * p, 3 * p + 3);
    const grey = 0.299 * r + 0.587 * g + 0.114 * b;
    const seen = isSeen(explanation, p);
    const value = high > floor ? ((map[p] as number) - floor) / (high - floor) : 0;
    const cover = seen ? MOST_COVER * Math.min(1, Math.abs(value)) ** 0.7 : 0;
    const colour = colours(value);
    for (let c = 0; c < 3; c++) data[3 * p + c] = Math.round((1 - cover) * (seen ? grey : PALE * grey) + cover * (colour[c] as number));
  }
  return { width, height, data };
}
