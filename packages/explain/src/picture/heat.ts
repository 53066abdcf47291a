import type { Explanation } from '../attribution/explanation.ts';
import { colourMapOf, isSigned } from './legend.ts';

/** What of an explanation is drawn. */
export type Drawn = Pick<Explanation, 'map' | 'width' | 'height' | 'view' | 'method'>;

/** Pixels that let through what lies below them. */
export interface Heat {
  readonly width: number;
  readonly height: number;
  /** `[height,width,4]`, alpha last and not multiplied in, as a page's `ImageData` has it. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  /** The values that the ends of the colours stand for, as {@link colourRange} tells them. */
  readonly range: readonly [low: number, high: number];
}

/** Above this share of all values a map is as bright as it gets: single pixels would leave the rest dark. */
const BRIGHTEST = 0.995;
/** How much of the photo a hot pixel hides. */
const MOST_COVER = 0.85;
/** How much of the photo is hidden where the network was shown nothing. */
const UNSEEN_COVER = 0.75;

/** What of a photo's pixels the network was shown. */
const isSeen = ({ width, view }: Drawn, pixel: number): boolean => {
  const [x, y] = [(pixel % width) + 0.5, Math.floor(pixel / width) + 0.5];
  return x >= view.left && x < view.left + view.width && y >= view.top && y < view.top + view.height;
};

/** The values that a map's ends of the colours stand for: of one with a sign as far below 0 as above. */
export function colourRange(explanation: Drawn): readonly [low: number, high: number] {
  const { map, method } = explanation;
  const seen = map.filter((_, pixel) => isSeen(explanation, pixel));
  const sizes = (isSigned(method) ? seen.map(Math.abs) : seen).sort();
  const high = sizes[Math.min(sizes.length - 1, Math.floor(BRIGHTEST * sizes.length))] ?? 0;
  return [isSigned(method) ? -high : (sizes[0] ?? 0), high];
}

/**
 * A map in colours, to be laid over its photo: clear where nothing matters, hiding most where something does, and black where the network
 * was shown nothing.
 */
export function heat(explanation: Drawn): Heat {
  const { map, width, height, method } = explanation;
  const colours = colourMapOf(method);
  const range = colourRange(explanation);
  const [low, high] = range;
  const floor = isSigned(method) ? 0 : low;
  const data = new Uint8ClampedArray(4 * width * height);
  for (let p = 0; p < map.length; p++) {
    const seen = isSeen(explanation, p);
    const value = high > floor ? ((map[p] as number) - floor) / (high - floor) : 0;
    if (seen) data.set(colours(value), 4 * p);
    data[4 * p + 3] = 255 * (seen ? MOST_COVER * Math.min(1, Math.abs(value)) ** 0.7 : UNSEEN_COVER);
  }
  return { width, height, data, range };
}
