import { decodeImage } from '@resnetjs/data';
import sprite from './digits.png?url';

/** Height and width of a digit in pixels. */
export const DIGIT_SIDE = 28;

/** Handwritten digits in memory: white on black, as MNIST has them. */
export interface Digits {
  readonly count: number;
  /** The pixels of one, row by row, `DIGIT_SIDE * DIGIT_SIDE` bytes. */
  pixels(index: number): Uint8Array;
  /** 0 to 9. */
  label(index: number): number;
}

/** Gets the sprite of digits that comes with the page. */
export async function fetchDigits(): Promise<Blob> {
  const response = await fetch(new URL(sprite, document.baseURI));
  if (!response.ok) throw new Error(`The handwritten digits could not be loaded: the server answered ${response.status}.`);
  return response.blob();
}

/** Takes a sprite apart whose image i, row by row, shows the digit i % 10. */
export async function decodeDigits(file: Blob): Promise<Digits> {
  const { width, height, data } = await decodeImage(file, { name: 'digits.png' });
  const columns = Math.floor(width / DIGIT_SIDE);
  const size = DIGIT_SIDE * DIGIT_SIDE;
  return {
    count: columns * Math.floor(height / DIGIT_SIDE),
    label: (index) => index % 10,
    pixels(index) {
      const [left, top] = [(index % columns) * DIGIT_SIDE, Math.floor(index / columns) * DIGIT_SIDE];
      return Uint8Array.from({ length: size }, (_, i) => {
        const [x, y] = [left + (i % DIGIT_SIDE), top + Math.floor(i / DIGIT_SIDE)];
        return data[3 * (y * width + x)] as number; // grey: red is as good as any
      });
    },
  };
}
