import { centerBox } from './crop.ts';
import type { PreprocessingSpec } from './preprocessing-spec.ts';
import { assertSize, type Box, type Size, shorterSideTo } from './resize.ts';

/** An image's own size, and the part of it that a network is shown, in its pixels: no whole ones, and beyond it where it was padded. */
export interface CropView extends Size {
  readonly view: Box;
}

/** Where what `preprocess` makes of an image lies in it. */
export function cropView(image: Size, { resize, crop }: Pick<PreprocessingSpec, 'resize' | 'crop'>): CropView {
  const { width, height } = image;
  assertSize(image, 'cropView');
  const resized = shorterSideTo(image, resize);
  const padded = { width: Math.max(resized.width, crop), height: Math.max(resized.height, crop) };
  const box = centerBox(padded, { width: crop, height: crop });
  // Where there is padding, the larger half is at the right and at the bottom, as centerCrop does.
  const [left, top] = [box.left - ((padded.width - resized.width) >> 1), box.top - ((padded.height - resized.height) >> 1)];
  const [x, y] = [width / resized.width, height / resized.height];
  return { width, height, view: { left: left * x, top: top * y, width: crop * x, height: crop * y } };
}
