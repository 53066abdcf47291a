import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../native-backend.ts';
import type { Abilities } from './attributes.ts';
import { Convolution } from './convolution.ts';
import { eachTerm, outputShape, type Problem } from './reference.ts';

const plain = { strides: [1, 1], pad: [1, 1, 1, 1], dilations: [1, 1], groups: 1 } as const;
const GROUPED: Problem = { ...plain, inputShape: [2, 4, 5, 4], filterShape: [3, 3, 2, 6], groups: 2 };
const DILATED: Problem = { ...plain, inputShape: [1, 7, 6, 2], filterShape: [3, 3, 2, 3], dilations: [2, 2] };
const PROBLEMS: Readonly<Record<string, Problem>> = {
  plain: { ...plain, inputShape: [2, 5, 6, 3], filterShape: [3, 3, 3, 4] },
  strided: { ...plain, inputShape: [1, 7, 6, 3], filterShape: [3, 3, 3, 4], strides: [2, 2] },
  grouped: GROUPED,
  'dilated and strided': { ...DILATED, strides: [2, 2] },
  depthwise: { ...plain, inputShape: [1, 5, 5, 3], filterShape: [3, 3, 1, 6], groups: 3 },
};

/** What of a tiny problem comes out wrong; nothing if all is right. */
function faults(convolution: Convolution, problem: Problem): string[] {
  const { inputShape, filterShape } = problem;
  const values = (shape: readonly number[], phase: number) =>
    Float32Array.from({ length: shape.reduce((product, d) => product * d, 1) }, (_, i) => Math.sin(phase + i));
  const shape = outputShape(problem);
  const [x, filter, dy] = [values(inputShape, 1), values(filterShape, 2), values(shape, 3)];
  const expected = { forward: dy.map(() => 0), input: x.map(() => 0), filter: filter.map(() => 0) };
  eachTerm(problem, (i, f, y) => {
    expected.forward[y] = (expected.forward[y] ?? 0) + (x[i] ?? 0) * (filter[f] ?? 0);
    expected.input[i] = (expected.input[i] ?? 0) + (dy[y] ?? 0) * (filter[f] ?? 0);
    expected.filter[f] = (expected.filter[f] ?? 0) + (dy[y] ?? 0) * (x[i] ?? 0);
  });
  const differs = (name: keyof typeof expected, run: () => tf.Tensor): string[] => {
    try {
      const actual = tf.tidy(run).dataSync();
      return actual.length === expected[name].length && actual.every((v, i) => Math.abs(v - (expected[name][i] as number)) < 1e-3)
        ? []
        : [name];
    } catch (error) {
      return [`${name}: ${error instanceof Error ? error.message : error}`];
    }
  };
  return tf.tidy(() => {
    const [tx, tf4, tdy] = [tf.tensor4d(x, [...inputShape]), tf.tensor4d(filter, [...filterShape]), tf.tensor4d(dy, [...shape])];
    return [
      ...differs('forward', () => convolution.forward(tx, tf4, problem)),
      ...differs('input', () => convolution.inputGradient(tdy, tf4, problem)),
      ...differs('filter', () => convolution.filterGradient(tx, tdy, problem)),
    ];
  });
}

/** Tries what the library, and the device it is on, can do itself. */
export function findAbilities(backend: NativeBackend): Abilities {
  const convolution = new Convolution(backend, { groups: true, dilatedGradients: true });
  return { groups: faults(convolution, GROUPED).length === 0, dilatedGradients: faults(convolution, DILATED).length === 0 };
}

/** Checks every kind of convolution and gradient against its definition. @returns what is wrong, or undefined. */
export function selfCheck(convolution: Convolution): string | undefined {
  const found = Object.entries(PROBLEMS).flatMap(([name, problem]) => faults(convolution, problem).map((fault) => `${name} (${fault})`));
  return found.length > 0 ? found.join(', ') : undefined;
}
