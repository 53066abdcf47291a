import { element } from '../element.ts';
import type { Pixels } from './looker.ts';

/** Draws pixels onto a canvas, which takes their size. */
export function drawPixels(canvas: HTMLCanvasElement, { width, height, data }: Pixels): void {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  canvas.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0);
}

/** A canvas with pixels on it, which what holds it describes. */
export function pixelsCanvas(pixels: Pixels): HTMLCanvasElement {
  const canvas = element('canvas', { 'aria-hidden': 'true' });
  drawPixels(canvas, pixels);
  return canvas;
}
