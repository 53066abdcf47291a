import { DIGIT_SIDE, type Digits, decodeDigits, fetchDigits } from '../digits/digits.ts';
import type { PhotoClass } from './photo-class.ts';

/** Handwritten digits in place of photos, for those who have none at hand. */
export interface SampleDigits {
  readonly classes: readonly PhotoClass[];
  /** Others of each class to try what was learned on. */
  readonly unseen: readonly File[];
}

const CLASSES: readonly { readonly name: string; readonly digit: number }[] = [
  { name: 'three', digit: 3 },
  { name: 'eight', digit: 8 },
];
const EACH = 40;

/** @throws Error if the digits cannot be loaded. */
export async function sampleDigits(): Promise<SampleDigits> {
  const digits = await decodeDigits(await fetchDigits());
  const photos = (digit: number, first: number, count: number) =>
    Promise.all(Array.from({ length: count }, (_, i) => photoOf(digits, 10 * (first + i) + digit, `${digit}-${first + i}.png`)));
  return {
    classes: await Promise.all(CLASSES.map(async ({ name, digit }) => ({ name, photos: await photos(digit, 0, EACH) }))),
    unseen: (await Promise.all(CLASSES.map(({ digit }) => photos(digit, EACH, 1)))).flat(),
  };
}

async function photoOf(digits: Digits, index: number, name: string): Promise<File> {
  const canvas = new OffscreenCanvas(DIGIT_SIDE, DIGIT_SIDE);
  const context = canvas.getContext('2d');
  const pixels = new ImageData(DIGIT_SIDE, DIGIT_SIDE);
  for (const [i, grey] of digits.pixels(index).entries()) pixels.data.set([grey, grey, grey, 255], 4 * i);
  context?.putImageData(pixels, 0, 0);
  return new File([await canvas.convertToBlob({ type: 'image/png' })], name, { type: 'image/png' });
}
