import * as tf from '@tensorflow/tfjs-core';
import type { Rule } from './rule.ts';

const restore: Rule['gradFunc'] = (dy, [x]) => ({ x: () => tf.reshape(dy, (x as tf.Tensor).shape) });

/** The inverse of a permutation of axes. */
const inverse = (permutation: readonly number[]): number[] => {
  const back = new Array<number>(permutation.length);
  permutation.forEach((from, to) => {
    back[from] = to;
  });
  return back;
};

export const shaping: readonly Rule[] = [
  { kernelName: tf.Reshape, inputsToSave: ['x'], gradFunc: restore },
  { kernelName: tf.ExpandDims, inputsToSave: ['input'], gradFunc: (dy, [x]) => ({ input: () => tf.reshape(dy, (x as tf.Tensor).shape) }) },
  {
    kernelName: tf.Transpose,
    gradFunc: (dy, _, attributes) => ({ x: () => tf.transpose(dy, inverse((attributes as unknown as tf.TransposeAttrs).perm)) }),
  },
  {
    kernelName: tf.PadV2,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attributes) => {
      const { paddings } = attributes as unknown as tf.PadV2Attrs;
      return {
        x: () =>
          tf.slice(
            dy,
            paddings.map(([before]) => before),
            (x as tf.Tensor).shape,
          ),
      };
    },
  },
  {
    kernelName: tf.Slice,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attributes) => {
      const begin = (attributes as unknown as { begin: number[] }).begin;
      const around = (x as tf.Tensor).shape.map((d, i): [number, number] => [begin[i] ?? 0, d - (begin[i] ?? 0) - (dy.shape[i] ?? 0)]);
      return { x: () => tf.pad(dy, around) };
    },
  },
  {
    // The kernel's inputs are a plain list: its gradients are named by position.
    kernelName: tf.Concat,
    saveAllInputs: true,
    gradFunc: (dy, saved, attributes) => {
      const { axis } = attributes as unknown as tf.ConcatAttrs;
      const along = axis < 0 ? axis + dy.rank : axis;
      let end = 0;
      return Object.fromEntries(
        saved.map((x, i) => {
          const begin = new Array<number>(dy.rank).fill(0);
          begin[along] = end;
          end += x.shape[along] ?? 0;
          return [String(i), () => tf.slice(dy, begin, x.shape)];
        }),
      );
    },
  },
];
