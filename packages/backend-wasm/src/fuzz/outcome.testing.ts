import * as tf from '@tensorflow/tfjs-core';
import { KernelInputError } from '../kernel-input-error.ts';
import type { Guards } from './guards.testing.ts';
import type { OpCase, Result } from './op-case.testing.ts';
import { floats, type Operand, toTensor } from './operand.testing.ts';
import { Random } from './random.testing.ts';

/** What a case gave on the current backend: values, or what was thrown. */
export interface Outcome {
  readonly values?: readonly Operand[];
  readonly error?: string;
  /** Whether that was a refusal by name. */
  readonly refused?: boolean;
  /** Of the float inputs, by a random cotangent; or what was thrown instead. */
  readonly gradients?: readonly Operand[];
  readonly gradientError?: string;
  /** The first cotangent. */
  readonly cotangent?: Operand;
  /** Whether something was written where no tensor is. */
  readonly overwritten?: boolean;
  /** How many tensors' values are left behind. */
  readonly leaked: number;
}

/** How inputs are changed to learn about magnitudes. */
export interface Change {
  readonly inputs?: 'magnitudes';
  readonly cotangents?: 'magnitudes';
}

const magnitudes = (operand: Operand): Operand =>
  operand.dtype === 'string' || operand.dtype === 'bool' ? operand : { ...operand, values: (operand.values as number[]).map(Math.abs) };

function leavesOf(result: Result): tf.Tensor[] {
  if (result === null || typeof result === 'number') return [];
  if (result instanceof tf.Tensor) return [result];
  return Object.values(result as Record<string, Result>).flatMap(leavesOf);
}

function read(tensor: tf.Tensor): Operand {
  const { shape, dtype } = tensor;
  if (dtype === 'string') return { shape, dtype, values: tensor.dataSync() as unknown as string[] };
  return { shape, dtype, values: Array.from(tensor.dataSync()) };
}

/** What gradients are taken by: one for each result. */
export function cotangentsOf(values: readonly Operand[], seed: string): Operand[] {
  const random = new Random(`${seed} cotangent`);
  return values.map(({ shape }) => floats(random, shape, 'ordinary'));
}

const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Runs a case on the current backend; `seed` is where cotangents come from. */
export async function outcomeOf(
  op: OpCase,
  seed: string,
  { change = {}, guards }: { change?: Change; guards?: Guards } = {},
): Promise<Outcome> {
  const backend = tf.backend() as unknown as { numDataIds(): number };
  const before = backend.numDataIds();
  tf.engine().startScope('case');
  let outcome: Omit<Outcome, 'leaked'>;
  let overwritten = false;
  try {
    const operands = change.inputs ? op.inputs.map(magnitudes) : op.inputs;
    outcome = await compute(op, operands, seed, change);
    overwritten = guards?.broken() ?? false;
  } finally {
    tf.engine().endScope();
  }
  return { ...outcome, ...(overwritten && { overwritten }), leaked: backend.numDataIds() - before };
}

async function compute(op: OpCase, operands: readonly Operand[], seed: string, change: Change): Promise<Omit<Outcome, 'leaked'>> {
  let tensors: tf.Tensor[];
  let leaves: tf.Tensor[];
  let values: Operand[];
  try {
    tensors = operands.map(toTensor);
    leaves = leavesOf(await op.run(...tensors));
    if (leaves.some(({ shape }) => shape.some((size) => size < 0))) throw new Error('a size less than zero');
    values = leaves.map(read);
  } catch (error) {
    return { error: message(error), refused: error instanceof KernelInputError };
  }
  const inputs = tensors.filter(({ dtype }) => dtype === 'float32');
  if (op.noGradient || inputs.length === 0 || !values.some(({ dtype }) => dtype === 'float32')) return { values };
  const cotangents = cotangentsOf(values, seed).map((cotangent) => (change.cotangents ? magnitudes(cotangent) : cotangent));
  try {
    const dy = cotangents.map(toTensor);
    const f = (...variables: tf.Tensor[]) => {
      let next = 0;
      const results = leavesOf(
        op.run(...tensors.map((tensor) => (tensor.dtype === 'float32' ? (variables[next++] as tf.Tensor) : tensor))) as Result,
      );
      if (results.length === 1) return results[0] as tf.Tensor;
      const weighted = results.flatMap((leaf, i) => (leaf.dtype === 'float32' ? [tf.sum(tf.mul(leaf, dy[i] as tf.Tensor))] : []));
      return tf.addN(weighted);
    };
    const gradients = tf.grads(f)(inputs, leaves.length === 1 ? (dy[0] as tf.Tensor) : undefined);
    return { values, gradients: gradients.map(read), ...(cotangents[0] && { cotangent: cotangents[0] }) };
  } catch (error) {
    return { values, gradientError: message(error), ...(cotangents[0] && { cotangent: cotangents[0] }) };
  }
}

/** The gradient of a linear op's first input: what it makes of each unit vector, weighed by the cotangent. */
export async function adjoint(op: OpCase, cotangent: Operand): Promise<Operand> {
  const [x, ...others] = op.inputs as [Operand, ...Operand[]];
  const gradient: number[] = [];
  for (let i = 0; i < x.values.length; i++) {
    const unit = { ...x, values: (x.values as number[]).map((_, at) => (at === i ? 1 : 0)) };
    const [y] = (await outcomeOf({ ...op, inputs: [unit, ...others], noGradient: true }, '')).values as [Operand];
    // What is an average of nothing depends on nothing.
    gradient.push((y.values as number[]).reduce((sum, v, at) => (Number.isNaN(v) ? sum : sum + v * (cotangent.values[at] as number)), 0));
  }
  return { shape: x.shape, dtype: 'float32', values: gradient };
}
