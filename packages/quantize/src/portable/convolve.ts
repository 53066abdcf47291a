import * as tf from '@tensorflow/tfjs-core';
import { magnitudes } from '../filter.ts';
import type { Conv, Value } from '../plan.ts';
import { type Integer, largest } from '../rounding.ts';

/** Whole numbers up to here, and every sum of such that stays below it, are exact in float32. */
const EXACT = 2 ** 24;
/** Where sums are taken apart: the upper parts of int32 sums fit float32 with room to add, and so do the lower. */
const SPLIT = 4096;

/** Sums of a convolution over integers, as float32 numbers that are rounded once where they are larger than float32 holds. */
export interface ExactConvolution {
  /** @param x `[N,H,W,C]` of whole numbers. @returns `[N,H',W',O]` */
  run(x: tf.Tensor4D): tf.Tensor4D;
  dispose(): void;
}

/**
 * A convolution in float32 that is exact: pixels under the window side by side, times the filter, in so many pieces that no sum in
 * one can reach 2^24. Not tfjs' own convolution: backends may compute that by way of fractions.
 */
export function exactConvolution(conv: Conv, input: Value): ExactConvolution {
  const { weights, filterShape, bias, groups } = conv;
  const [kh, kw, inC, outC] = filterShape;
  const rows = kh * kw * inC;
  const filter = byGroup(weights, { rows, groups, outC });
  const bound = largest(input.type as Integer);
  const whole = magnitudes(weights, outC).every((sum, c) => sum * bound + Math.abs(bias[c] as number) < EXACT);
  const pieces = piecesOf(weights, rows, outC, bound).map(([begin, end]) => ({
    begin,
    end,
    filter: tf.keep(
      tf.tidy(() => tf.slice(tf.tensor3d(filter, [groups, rows, outC / groups]), [0, begin, 0], [groups, end - begin, outC / groups])),
    ),
  }));
  const upper = bias.map((b) => Math.floor(b / SPLIT));
  const biases = [...(whole ? [bias] : [upper, bias.map((b, c) => b - (upper[c] as number) * SPLIT)])].map((part) =>
    tf.keep(tf.tensor1d(Float32Array.from(part))),
  );

  const sums = (x: tf.Tensor4D): tf.Tensor4D => {
    const { columns, height, width } = columnsOf(x, conv); // [groups,N*H'*W',rows]
    const shape: [number, number, number, number] = [x.shape[0], height, width, outC];
    const partial = pieces.map(({ begin, end, filter }) => {
      const part = pieces.length === 1 ? columns : tf.slice(columns, [0, 0, begin], [groups, -1, end - begin]);
      const sums = tf.matMul(part, filter); // [groups,N*H'*W',O/groups]
      return tf.reshape(groups === 1 ? sums : tf.transpose(sums, [1, 0, 2]), shape);
    });
    const total = (parts: readonly tf.Tensor[]): tf.Tensor4D => parts.reduce((sum, part) => tf.add(sum, part)) as tf.Tensor4D;
    if (whole) return total([...partial, biases[0] as tf.Tensor]);
    const uppers = partial.map((part) => tf.floor(tf.mul(part, 1 / SPLIT)));
    const lowers = partial.map((part, i) => tf.sub(part, tf.mul(uppers[i] as tf.Tensor, SPLIT)));
    return tf.add(tf.mul(total([...uppers, biases[0] as tf.Tensor]), SPLIT), total([...lowers, biases[1] as tf.Tensor]));
  };
  return {
    run: (x) => tf.tidy(() => sums(x)),
    dispose: () => tf.dispose([...biases, ...pieces.map((piece) => piece.filter)]),
  };
}

/** `[kh,kw,C/groups,O]` to `[groups,kh*kw*C/groups,O/groups]`. */
function byGroup(weights: Int8Array, { rows, groups, outC }: { rows: number; groups: number; outC: number }): Float32Array {
  const each = outC / groups;
  return Float32Array.from(weights, (_, at) => {
    const group = Math.floor(at / (rows * each));
    const row = Math.floor(at / each) % rows;
    return weights[row * outC + group * each + (at % each)] as number;
  });
}

/** Rows of the filter that are summed together: as many as keep every channel's sum exact. */
function piecesOf(weights: Int8Array, rows: number, outC: number, bound: number): [begin: number, end: number][] {
  const pieces: [number, number][] = [];
  let sums = new Float64Array(outC);
  let begin = 0;
  for (let row = 0; row < rows; row++) {
    const added = sums.map((sum, c) => sum + Math.abs(weights[row * outC + c] as number) * bound);
    if (added.some((sum) => sum >= EXACT)) {
      pieces.push([begin, row]);
      begin = row;
      sums = new Float64Array(outC).map((_, c) => Math.abs(weights[row * outC + c] as number) * bound);
    } else sums = added;
  }
  pieces.push([begin, rows]);
  return pieces;
}

/** What lies under each tap of the window, side by side: `[groups,N*H'*W',kh*kw*C/groups]`. */
function columnsOf(x: tf.Tensor4D, { filterShape, strides, pad, dilations, groups }: Conv) {
  const [kh, kw, inC] = filterShape;
  const [t, b, l, r] = pad;
  const image = pad.some((p) => p > 0)
    ? tf.pad(x, [
        [0, 0],
        [t, b],
        [l, r],
        [0, 0],
      ])
    : x;
  const [n, h, w, c] = image.shape;
  const height = Math.floor((h - dilations[0] * (kh - 1) - 1) / strides[0]) + 1;
  const width = Math.floor((w - dilations[1] * (kw - 1) - 1) / strides[1]) + 1;
  const pixels = n * height * width;
  const taps: tf.Tensor3D[] = [];
  for (let i = 0; i < kh; i++)
    for (let j = 0; j < kw; j++)
      taps.push(tf.reshape(under(image, [i * dilations[0], j * dilations[1]], [height, width], strides), [pixels, groups, c / groups]));
  const beside = taps.length === 1 ? (taps[0] as tf.Tensor3D) : tf.concat(taps, 2);
  const columns = groups === 1 ? tf.reshape(beside, [1, pixels, kh * kw * inC]) : tf.transpose(beside, [1, 0, 2]);
  return { columns: columns as tf.Tensor3D, height, width };
}

/** Every `strides`-th pixel from a place on. */
export function under(
  image: tf.Tensor4D,
  [top, left]: readonly [number, number],
  [height, width]: readonly [number, number],
  [down, right]: readonly [number, number],
): tf.Tensor4D {
  const [n, , , c] = image.shape;
  const rows = (height - 1) * down + 1;
  const columns = (width - 1) * right + 1;
  const area = tf.slice(image, [0, top, left, 0], [n, rows, columns, c]);
  return down === 1 && right === 1
    ? area
    : (tf.stridedSlice(area, [0, 0, 0, 0], [n, rows, columns, c], [1, down, right, 1]) as tf.Tensor4D);
}
