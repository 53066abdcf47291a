import type { RgbImage } from '@resnetjs/data';
import { element } from '../element.ts';

/** The pixels a network got, drawn large: how little it had to go by. */
export function seenPixels({ width, height, data }: RgbImage): HTMLElement {
  const canvas = element('canvas', { width, height, role: 'img', 'aria-label': `The ${width}x${height} pixels the network got` });
  const rgba = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    rgba.data.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
    rgba.data[4 * i + 3] = 255;
  }
  canvas.getContext('2d')?.putImageData(rgba, 0, 0);
  return element('figure', {}, canvas, element('figcaption', {}, `all it sees: ${width}x${height} pixels`));
}
