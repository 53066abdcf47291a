import type { Explanation, Method } from '../attribution/explanation.ts';
import { type ColourMap, diverging, sequential } from './colour-map.ts';

const SIGNED: readonly Method[] = ['input-x-gradient', 'integrated-gradients', 'occlusion'];

/** Whether a method also says what speaks against a class. */
export const isSigned = (method: Method): boolean => SIGNED.includes(method);

export const colourMapOf = (method: Method): ColourMap => (isSigned(method) ? diverging : sequential);

/** What the ends of a map's colours mean. */
export const endsOf = ({ label, method }: Pick<Explanation, 'label' | 'method'>): readonly [low: string, high: string] =>
  isSigned(method) ? [`against ${label}`, `for ${label}`] : ['matters little', 'matters most'];

const STOPS = 9;

/** A method's colours from end to end, as CSS. */
export function cssGradient(method: Method): string {
  const colours = colourMapOf(method);
  const stops = Array.from({ length: STOPS }, (_, i) => i / (STOPS - 1)).map(
    (share) => `rgb(${colours(isSigned(method) ? 2 * share - 1 : share).join(' ')})`,
  );
  return `linear-gradient(90deg, ${stops.join(', ')})`;
}
