import { ShapeError } from '../errors.ts';

export type Pair = readonly [number, number];

/** Rows and columns of padding: top, bottom, left, right. */
export type Padding = readonly [number, number, number, number];

/** How a window slides over an image. Padding is always explicit: tfjs' `'same'` pads other sides than torch at stride 2. */
export interface Window {
  readonly strides: Pair;
  readonly pad: Padding;
  readonly dilations: Pair;
}

/** The usual square window: one number each for both directions. */
export const square = ({
  stride = 1,
  padding = 0,
  dilation = 1,
}: {
  stride?: number;
  padding?: number;
  dilation?: number;
} = {}): Window => ({
  strides: [stride, stride],
  pad: [padding, padding, padding, padding],
  dilations: [dilation, dilation],
});

/**
 * Height and width after a window of `kernel` slid over `input`, rounding down as torch does.
 *
 * @throws ShapeError if the padded input is smaller than the window.
 */
export function slide(what: string, [height, width]: Pair, kernel: Pair, { strides, pad, dilations }: Window): [number, number] {
  const size = (input: number, k: number, stride: number, padding: number, dilation: number) =>
    Math.floor((input + padding - dilation * (k - 1) - 1) / stride) + 1;
  const out: [number, number] = [
    size(height, kernel[0], strides[0], pad[0] + pad[1], dilations[0]),
    size(width, kernel[1], strides[1], pad[2] + pad[3], dilations[1]),
  ];
  if (out[0] < 1 || out[1] < 1)
    throw new ShapeError(
      `${what}: a ${kernel.join('x')} window (dilation ${dilations.join('x')}) does not fit a ${height}x${width} input with padding [${pad.join(',')}]. Use a larger image or a smaller stride.`,
    );
  return out;
}

/** An image batch's sizes. @throws ShapeError if `shape` is not `[N,H,W,C]`. */
export function imageShape(what: string, shape: readonly number[]): [n: number, h: number, w: number, c: number] {
  if (shape.length !== 4)
    throw new ShapeError(`${what}: expected [N,H,W,C] but received [${shape.join(',')}]. Add a batch dimension of 1 to a single image.`);
  return shape as [number, number, number, number];
}
