import { ConfigError, ShapeError } from '../errors.ts';

export type Pair = readonly [number, number];

/** Rows and columns of padding: top, bottom, left, right. */
export type Padding = readonly [number, number, number, number];

/** How a window slides over an image. Padding is always explicit: tfjs' `'same'` pads other sides than torch at stride 2. */
export interface Window {
  readonly strides: Pair;
  readonly pad: Padding;
  readonly dilations: Pair;
}

interface SquareOptions {
  readonly stride?: number;
  readonly padding?: number;
  readonly dilation?: number;
}

/**
 * The usual square window: one number each for both directions.
 *
 * @throws ConfigError naming the numbers that make no window.
 */
export function square({ stride = 1, padding = 0, dilation = 1 }: SquareOptions = {}, what = 'window'): Window {
  checkWhole(what, { stride, dilation }, 1);
  checkWhole(what, { padding }, 0);
  return { strides: [stride, stride], pad: [padding, padding, padding, padding], dilations: [dilation, dilation] };
}

/** @throws ConfigError naming the first that is not a whole number from `least`. */
export function checkWhole(what: string, numbers: Readonly<Record<string, number>>, least: number): void {
  for (const [name, value] of Object.entries(numbers))
    if (!Number.isInteger(value) || value < least)
      throw new ConfigError(`${what}: '${name}' must be a whole number from ${least} but is ${value}.`);
}

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
