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

/** What a map's brightest colour stands for. */
export function brightest({ map }: Pick<Explanation, 'map'>): number {
  const sizes = map
    .map(Math.abs)
    .filter((value) => value > 0)
    .sort();
  return sizes[Math.min(sizes.length - 1, Math.floor(BRIGHTEST * sizes.length))] ?? 0;
}

/**
 * A heat map over its photo: the photo's grey where nothing matters, the map's colours where something does, and darkness where the network
 * was shown nothing.
 *
 * @throws RangeError for a photo of another size.
 */
export function overlay(photo: Picture, explanation: Pick<Explanation, 'map' | 'width' | 'height' | 'view' | 'method'>): Picture {
  const { map, width, height, view, method } = explanation;
  if (photo.width !== width || photo.height !== height || photo.data.length !== 3 * width * height)
    throw new RangeError(
      `overlay: the map is ${width}x${height}, but the photo is ${photo.width}x${photo.height}. Give the photo that was explained.`,
    );
  const colours = colourMapOf(method);
  const full = brightest(explanation) || 1;
  const data = new Uint8Array(3 * width * height);
  for (let p = 0; p < map.length; p++) {
    const [x, y] = [(p % width) + 0.5, Math.floor(p / width) + 0.5];
    const isSeen = x >= view.left && x < view.left + view.width && y >= view.top && y < view.top + view.height;
    const [r, g, b] = photo.data.subarray(3 * p, 3 * p + 3) as unknown as [number, number, number];
    const grey = 0.299 * r + 0.587 * g + 0.114 * b;
    const value = (map[p] as number) / full;
    const cover = isSeen ? MOST_COVER * Math.min(1, Math.abs(value)) ** 0.7 : 0;
    const colour = colours(value);
    for (let c = 0; c < 3; c++) {
      const under = isSeen ? grey : PALE * grey;
      data[3 * p + c] = Math.round((1 - cover) * under + cover * (colour[c] as number));
    }
  }
  return { width, height, data };
}
