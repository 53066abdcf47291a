import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend, OpAttribute } from '../native-backend.ts';
import type { Abilities, Shape4D } from './attributes.ts';
import { eachTerm, outputShape, type Problem } from './reference.ts';

const shape4 = ({ shape }: tf.TensorInfo) => shape as unknown as Shape4D;

/**
 * Stands in for libtensorflow, which cannot be downloaded everywhere: its convolutions by their definition, in float64,
 * refusing what the real one's CPU kernels refuse, plus tfjs' cpu backend for all else.
 */
export function fakeLibrary(can: Abilities, { wrong = false } = {}): NativeBackend {
  const executeSingleOutput = (op: string, attributes: readonly OpAttribute[], inputs: readonly tf.TensorInfo[]): tf.Tensor => {
    const given = Object.fromEntries(attributes.map(({ name, value }) => [name, value])) as Record<string, number[]>;
    const { strides = [], dilations = [], explicit_paddings = new Array<number>(8).fill(0) } = given;
    const [a, b, c] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor];
    const sizes = (x: tf.Tensor) => Array.from(x.dataSync()) as unknown as Shape4D;
    const gradient = op.includes('Backprop');
    const ofInput = op.endsWith('Input');
    const depthwise = op.startsWith('Depthwise');
    const inputShape = ofInput ? sizes(a) : shape4(a);
    const [kh, kw, k, o] = !gradient ? shape4(b) : ofInput ? shape4(b) : sizes(b);
    const problem: Problem = {
      inputShape,
      filterShape: depthwise ? [kh, kw, 1, k * o] : [kh, kw, k, o],
      groups: depthwise ? k : inputShape[3] / k,
      strides: [strides[1] ?? 0, strides[2] ?? 0],
      dilations: [dilations[1] ?? 0, dilations[2] ?? 0],
      pad: explicit_paddings.slice(2, 6) as unknown as Problem['pad'],
    };
    if (!depthwise && problem.groups > 1 && !can.groups)
      throw new Error('Generic conv implementation does not support grouped convolutions for now.');
    if (gradient && Math.max(...problem.dilations) > 1 && !can.dilatedGradients)
      throw new Error('Current libxsmm and customized CPU implementations do not yet support dilation rates larger than 1.');
    return tf.tensor(compute(problem, op, [a, b, c], wrong), [
      ...(!gradient ? outputShape(problem) : ofInput ? inputShape : [kh, kw, k, o]),
    ]);
  };
  return Object.assign(new MathBackendCPU(), {
    firstUse: false, // or it advises to install what it stands in for
    isUsingGpuDevice: false,
    binding: { TF_FLOAT: 1, TF_ATTR_TYPE: 2, TF_ATTR_INT: 3, TF_ATTR_STRING: 4, TF_ATTR_BOOL: 5, TF_Version: '2.9.1' },
    executeSingleOutput,
  }) as unknown as NativeBackend;
}

function compute(problem: Problem, op: string, [a, b, c]: readonly [tf.Tensor, tf.Tensor, tf.Tensor?], wrong: boolean): Float32Array {
  const size = (shape: readonly number[]) => shape.reduce((product, d) => product * d, 1);
  const out = new Float64Array(
    size(op.endsWith('Input') ? problem.inputShape : op.endsWith('Filter') ? problem.filterShape : outputShape(problem)),
  );
  const add = (i: number, value: number) => {
    out[i] = (out[i] ?? 0) + value;
  };
  const [va, vb, vc] = [a.dataSync(), b.dataSync(), c?.dataSync() ?? []];
  eachTerm(problem, (x, f, y) => {
    if (op.endsWith('Input')) add(x, (vb[f] ?? 0) * (vc[y] ?? 0));
    else if (op.endsWith('Filter')) add(f, (va[x] ?? 0) * (vc[y] ?? 0));
    else add(y, (va[x] ?? 0) * (vb[f] ?? 0));
  });
  return Float32Array.from(out, (v) => (wrong ? -v : v));
}
