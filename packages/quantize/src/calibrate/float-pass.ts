import { type FoldedConvStep, type FoldedPass, type FoldedStep, runOperation } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { inputsOf } from '../lower/readers.ts';

/** Sees a value of the pass while it is there; `branch` is what a convolution made before the addition. */
export type Watch = (value: number, tensor: tf.Tensor, branch: tf.Tensor | undefined) => void | Promise<void>;

export interface FloatPass {
  /** @returns what the pass gives for images `[N,H,W,C]`; the caller's. */
  run(x: tf.Tensor, watch?: Watch): Promise<tf.Tensor>;
  dispose(): void;
}

/** A folded pass in float, step by step, so that every value can be looked at. */
export function floatPass({ steps, input, output }: FoldedPass): FloatPass {
  const constants = new Map<object, tf.Tensor>();
  const tensorOf = ({ shape, data }: { readonly shape: readonly number[]; readonly data: Float32Array }): tf.Tensor => {
    const tensor = constants.get(data) ?? tf.keep(tf.tensor(data, [...shape], 'float32'));
    constants.set(data, tensor);
    return tensor;
  };
  const lastReader = new Map<number, FoldedStep>();
  for (const step of steps) for (const value of inputsOf(step)) lastReader.set(value, step);

  const convolved = (step: FoldedConvStep, x: tf.Tensor): tf.Tensor => {
    const [, , inC, outC] = step.filter.shape;
    const filter = step.op === 'linear' ? { ...step.filter, shape: [inC as number, outC as number] } : step.filter;
    return runOperation(step.op, [x, tensorOf(filter), tensorOf(step.bias)], step.op === 'linear' ? {} : step.attributes);
  };
  const compute = (step: FoldedStep, read: (value: number) => tf.Tensor): { y: tf.Tensor; branch?: tf.Tensor } => {
    if (step.kind === 'operation') {
      const operands = step.operands.map((operand) => (typeof operand === 'number' ? read(operand) : tensorOf(operand)));
      return { y: runOperation(step.op, operands, step.attributes) };
    }
    const rectified = (y: tf.Tensor) => (step.activation === 'relu' ? tf.relu(y) : y);
    if (step.kind === 'norm') {
      const images = step.inputs.map(read);
      const x = images.length > 1 ? tf.concat(images, -1) : (images[0] as tf.Tensor);
      return { y: rectified(tf.add(tf.mul(x, tf.tensor1d(step.scale)), tf.tensor1d(step.shift))) };
    }
    const branch = convolved(step, read(step.input));
    if (step.residual === undefined) return { y: rectified(branch) };
    return { y: rectified(tf.add(branch, read(step.residual))), branch };
  };

  return {
    async run(x, watch) {
      const values = new Map<number, tf.Tensor>([[input, x]]);
      const read = (value: number) => values.get(value) as tf.Tensor;
      try {
        await watch?.(input, x, undefined);
        for (const step of steps) {
          const made = tf.tidy(() => compute(step, read));
          values.set(step.output, made.y);
          try {
            await watch?.(step.output, made.y, made.branch);
          } finally {
            made.branch?.dispose();
          }
          for (const value of new Set(inputsOf(step)))
            if (value !== input && value !== output && lastReader.get(value) === step) {
              read(value).dispose();
              values.delete(value);
            }
        }
        const result = read(output);
        values.delete(output);
        return result;
      } finally {
        values.delete(input);
        tf.dispose([...values.values()]);
      }
    },
    dispose() {
      tf.dispose([...constants.values()]);
      constants.clear();
    },
  };
}
