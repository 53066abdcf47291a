import { type ConvGeometry, convGeometry } from './conv-geometry.ts';

/** Input `[N,H,W,C]`, filter `[kh,kw,C/groups,O]`, and the rest; odd sizes on purpose. */
export interface ConvCase {
  readonly x: readonly number[];
  readonly filter: readonly number[];
  readonly strides?: readonly [number, number];
  readonly pad?: readonly [number, number, number, number];
  readonly dilations?: readonly [number, number];
  readonly groups?: number;
}

export const CONV_CASES: readonly ConvCase[] = [
  { x: [1, 1, 1, 1], filter: [1, 1, 1, 1] },
  { x: [1, 1, 1, 5], filter: [3, 3, 5, 7], pad: [1, 1, 1, 1] },
  { x: [2, 5, 7, 3], filter: [1, 1, 3, 9] },
  { x: [1, 14, 14, 64], filter: [1, 1, 64, 32] },
  { x: [2, 9, 9, 8], filter: [1, 1, 8, 17], strides: [2, 2] },
  { x: [1, 7, 7, 1024], filter: [1, 1, 1024, 24] },
  { x: [1, 4, 4, 700], filter: [1, 1, 700, 8] },
  { x: [2, 8, 8, 16], filter: [3, 3, 16, 16], pad: [1, 1, 1, 1] },
  { x: [1, 13, 11, 6], filter: [3, 3, 6, 10], pad: [1, 1, 1, 1] },
  { x: [1, 9, 8, 5], filter: [3, 3, 5, 4], pad: [0, 0, 0, 0] },
  { x: [2, 7, 7, 260], filter: [3, 3, 260, 12], pad: [1, 1, 1, 1] },
  // so large a filter that Winograd's algorithm transforms it where it is used: part of a panel, three parts of a sum
  { x: [1, 6, 7, 520], filter: [3, 3, 520, 60], pad: [1, 1, 1, 1] },
  // enough tiles for the filter's gradient by Winograd's algorithm: one block with edges, uneven padding, two blocks
  { x: [5, 13, 15, 12], filter: [3, 3, 12, 16], pad: [1, 1, 1, 1] },
  { x: [9, 11, 10, 8], filter: [3, 3, 8, 24], pad: [0, 1, 2, 0] },
  { x: [12, 17, 16, 16], filter: [3, 3, 16, 8], pad: [1, 1, 1, 1] },
  { x: [2, 11, 9, 12], filter: [3, 3, 12, 8], strides: [2, 2], pad: [1, 1, 1, 1] },
  { x: [1, 10, 10, 4], filter: [3, 3, 4, 6], strides: [2, 1], pad: [0, 1, 0, 1] },
  { x: [1, 17, 19, 3], filter: [7, 7, 3, 20], strides: [2, 2], pad: [3, 3, 3, 3] },
  { x: [1, 12, 12, 4], filter: [3, 3, 4, 8], pad: [2, 2, 2, 2], dilations: [2, 2] },
  { x: [1, 11, 13, 3], filter: [2, 3, 3, 5], strides: [3, 2], pad: [1, 0, 2, 1], dilations: [1, 3] },
  { x: [1, 6, 6, 32], filter: [3, 3, 4, 32], pad: [1, 1, 1, 1], groups: 8 },
  { x: [2, 5, 6, 24], filter: [3, 3, 8, 48], strides: [2, 2], pad: [1, 1, 1, 1], groups: 3 },
  { x: [1, 5, 5, 6], filter: [1, 1, 3, 10], groups: 2 },
  { x: [1, 5, 5, 10], filter: [3, 3, 5, 6], pad: [1, 1, 1, 1], groups: 2 },
  { x: [2, 4, 5, 12], filter: [1, 3, 6, 8], pad: [0, 0, 1, 1], groups: 2 },
  { x: [1, 6, 7, 14], filter: [1, 1, 7, 8], groups: 2 },
  { x: [1, 7, 5, 9], filter: [3, 3, 1, 9], pad: [1, 1, 1, 1], groups: 9 },
  { x: [2, 8, 8, 8], filter: [3, 3, 1, 16], strides: [2, 2], pad: [1, 1, 1, 1], groups: 8 },
  { x: [1, 6, 6, 10], filter: [5, 5, 1, 10], pad: [4, 4, 4, 4], dilations: [2, 2], groups: 10 },
  { x: [0, 5, 5, 4], filter: [3, 3, 4, 8], pad: [1, 1, 1, 1] },
];

const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

export interface PreparedCase {
  readonly name: string;
  readonly geometry: ConvGeometry;
  readonly attributes: Required<Pick<ConvCase, 'strides' | 'pad' | 'dilations' | 'groups'>>;
  readonly xShape: number[];
  readonly filterShape: number[];
  readonly yShape: number[];
  readonly xSize: number;
  readonly filterSize: number;
  readonly ySize: number;
}

export function prepare({ x, filter, strides = [1, 1], pad = [0, 0, 0, 0], dilations = [1, 1], groups = 1 }: ConvCase): PreparedCase {
  const attributes = { strides, pad, dilations, groups };
  const geometry = convGeometry(x, filter, attributes);
  const yShape = [geometry.batch, geometry.outHeight, geometry.outWidth, geometry.outChannels];
  return {
    name: `${x.join('x')} by ${filter.join('x')}, stride ${strides}, pad ${pad}, dilation ${dilations}, groups ${groups}`,
    ...{ geometry, attributes, xShape: [...x], filterShape: [...filter], yShape },
    ...{ xSize: count(x), filterSize: count(filter), ySize: count(yShape) },
  };
}
