import { assertRgbImage, type RgbImage } from '../rgb-image.ts';

/** Output pixel (x, y) is taken from input (a x + b y + c, d x + e y + f), both at pixel centres. */
export type AffineMatrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** How a pixel between pixels is taken, and what lies outside. */
export interface WarpOptions {
  /** Default `'nearest'`, as torchvision's. */
  readonly interpolation?: 'nearest' | 'bilinear';
  /** Value of the pixels that come from outside. Default 0, black. */
  readonly fill?: number;
}

/**
 * Maps an image onto a canvas of its own size, byte for byte as Pillow's `Image.transform(size, AFFINE, matrix)`:
 * nearest pixels are found in 16.16 fixed point, bilinear ones in double precision, cut off to bytes.
 *
 * @see https://github.com/python-pillow/Pillow/blob/9.4.0/src/libImaging/Geometry.c
 */
export function warp(image: RgbImage, matrix: AffineMatrix, { interpolation = 'nearest', fill = 0 }: WarpOptions = {}): RgbImage {
  assertRgbImage(image, 'warp');
  const out = { width: image.width, height: image.height, data: new Uint8Array(image.data.length).fill(fill) };
  if (interpolation === 'bilinear') warpBilinear(image, matrix, out.data);
  else if (matrix[1] === 0 && matrix[3] === 0) scaleNearest(image, matrix, out.data);
  else warpNearest(image, matrix, out.data);
  return out;
}

function warpNearest({ width, height, data }: RgbImage, [a, b, c, d, e, f]: AffineMatrix, out: Uint8Array): void {
  const fixed = (value: number) => Math.floor(value * 65536 + 0.5);
  const [ax, bx, dy, ey] = [fixed(a), fixed(b), fixed(d), fixed(e)];
  const x0 = fixed(c + a * 0.5 + b * 0.5);
  const y0 = fixed(f + d * 0.5 + e * 0.5);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const column = (x0 + ax * x + bx * y) >> 16;
      const row = (y0 + dy * x + ey * y) >> 16;
      if (column < 0 || column >= width || row < 0 || row >= height) continue;
      const from = (row * width + column) * 3;
      out[to] = data[from] as number;
      out[to + 1] = data[from + 1] as number;
      out[to + 2] = data[from + 2] as number;
    }
  }
}

/** Without rotation or shear Pillow steps in double precision. */
function scaleNearest({ width, height, data }: RgbImage, [a, , c, , e, f]: AffineMatrix, out: Uint8Array): void {
  let yIn = f + e * 0.5;
  for (let y = 0, to = 0; y < height; y++, yIn += e) {
    let xIn = c + a * 0.5;
    for (let x = 0; x < width; x++, to += 3, xIn += a) {
      if (xIn < 0 || xIn >= width || yIn < 0 || yIn >= height) continue;
      const from = (Math.trunc(yIn) * width + Math.trunc(xIn)) * 3;
      out[to] = data[from] as number;
      out[to + 1] = data[from + 1] as number;
      out[to + 2] = data[from + 2] as number;
    }
  }
}

function warpBilinear({ width, height, data }: RgbImage, [a, b, c, d, e, f]: AffineMatrix, out: Uint8Array): void {
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const xIn = a * (x + 0.5) + b * (y + 0.5) + c;
      const yIn = d * (x + 0.5) + e * (y + 0.5) + f;
      if (xIn < 0 || xIn >= width || yIn < 0 || yIn >= height) continue;
      const column = Math.floor(xIn - 0.5);
      const row = Math.floor(yIn - 0.5);
      const dx = xIn - 0.5 - column;
      const dy = yIn - 0.5 - row;
      const left = Math.max(column, 0) * 3;
      const right = Math.min(column + 1, width - 1) * 3;
      const upper = Math.max(row, 0) * width * 3;
      const lower = row + 1 < height ? (row + 1) * width * 3 : upper;
      for (let channel = 0; channel < 3; channel++) {
        const v1 = mix(data[upper + left + channel] as number, data[upper + right + channel] as number, dx);
        const v2 = mix(data[lower + left + channel] as number, data[lower + right + channel] as number, dx);
        out[to + channel] = mix(v1, v2, dy);
      }
    }
  }
}

const mix = (from: number, to: number, share: number) => from + (to - from) * share;

/** A turn, a shift, a scale and two shears around the image's centre. */
export interface AffineParameters {
  /** Clockwise, in degrees. Default 0. */
  readonly angle?: number;
  /** Right and down, in pixels. Default none. */
  readonly translate?: readonly [number, number];
  /** Default 1. */
  readonly scale?: number;
  /** Along x and y, in degrees. Default none. */
  readonly shear?: readonly [number, number];
  /** What stays in place, in pixels from the top left. Default: the middle. */
  readonly center?: readonly [number, number];
}

/** Turns, shifts, scales and shears an image as torchvision's `affine` does with Pillow. */
export function affine(image: RgbImage, parameters: AffineParameters, options: WarpOptions = {}): RgbImage {
  const { angle = 0, translate = [0, 0], scale = 1, shear = [0, 0], center = [image.width * 0.5, image.height * 0.5] } = parameters;
  const [turn, sx, sy] = [radians(angle), radians(shear[0]), radians(shear[1])];
  const a = Math.cos(turn - sy) / Math.cos(sy);
  const b = (-Math.cos(turn - sy) * Math.tan(sx)) / Math.cos(sy) - Math.sin(turn);
  const c = Math.sin(turn - sy) / Math.cos(sy);
  const d = (-Math.sin(turn - sy) * Math.tan(sx)) / Math.cos(sy) + Math.cos(turn);
  // The inverse: the determinant of rotation and shears is 1.
  const [ia, ib, ic, id] = [d / scale, -b / scale, -c / scale, a / scale];
  const [x, y] = [-center[0] - translate[0], -center[1] - translate[1]];
  return warp(image, [ia, ib, ia * x + ib * y + center[0], ic, id, ic * x + id * y + center[1]], options);
}

/** Turns an image counter-clockwise around its middle, as Pillow's `Image.rotate` without `expand`. */
export function rotate(image: RgbImage, degrees: number, options: WarpOptions = {}): RgbImage {
  const angle = ((degrees % 360) + 360) % 360;
  if (angle === 0) return image;
  if (angle === 180 || (image.width === image.height && angle % 90 === 0)) return quarterTurns(image, angle / 90);
  const turn = -radians(angle);
  const [cos, sin] = [Number(Math.cos(turn).toFixed(15)), Number(Math.sin(turn).toFixed(15))];
  const [x, y] = [image.width / 2, image.height / 2];
  return warp(image, [cos, sin, cos * -x + sin * -y + x, -sin, cos, -sin * -x + cos * -y + y], options);
}

function quarterTurns({ width, height, data }: RgbImage, turns: number): RgbImage {
  const out = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const [column, row] = turns === 2 ? [width - 1 - x, height - 1 - y] : turns === 1 ? [width - 1 - y, x] : [y, height - 1 - x];
      const from = (row * width + column) * 3;
      out.set(data.subarray(from, from + 3), to);
    }
  }
  return { width, height, data: out };
}

const radians = (degrees: number) => degrees * (Math.PI / 180);
