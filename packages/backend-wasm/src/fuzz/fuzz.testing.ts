import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { compare, type Reference } from './compare.testing.ts';
import { guardsOf } from './guards.testing.ts';
import type { OpCase } from './op-case.testing.ts';
import { OPS } from './op-table.testing.ts';
import { describe, type Operand } from './operand.testing.ts';
import { adjoint, cotangentsOf, type Outcome, outcomeOf } from './outcome.testing.ts';
import { Random } from './random.testing.ts';

/** Which case: its op, the seed, and the number under that seed. */
export interface CaseId {
  readonly op: string;
  readonly seed: string;
  readonly index: number;
}

export interface Difference extends CaseId {
  readonly difference: string;
  readonly text: string;
}

export function caseOf({ op, seed, index }: CaseId): OpCase {
  const make = OPS[op];
  if (!make) throw new Error(`There is no op ${op} in the table of ops.`);
  return make(new Random(`${seed} ${op} ${index}`));
}

const key = ({ op, seed, index }: CaseId) => `${seed} ${op} ${index}`;

/** A case as one would type it in. */
export const textOf = ({ call, inputs }: OpCase): string =>
  [call, ...inputs.map((input, i) => `  ${String.fromCharCode(97 + i)} = ${describe(input)}`)].join('\n');

async function referenceOf(id: CaseId): Promise<Reference> {
  const asked = caseOf(id);
  const op = { ...asked, run: asked.onCpu ?? asked.run, ...(asked.linear && { noGradient: true }) };
  const cpu = await outcomeOf(op, key(id));
  const ofInputs = cpu.error === undefined && (op.rounding ?? 'sum') === 'sum';
  const ofMagnitudes = ofInputs ? await outcomeOf(op, key(id), { change: { inputs: 'magnitudes', cotangents: 'magnitudes' } }) : undefined;
  const ofCotangents = cpu.gradients ? await outcomeOf(op, key(id), { change: { cotangents: 'magnitudes' } }) : undefined;
  const gradient =
    op.linear &&
    !asked.noGradient &&
    cpu.values &&
    op.inputs[0]?.dtype === 'float32' &&
    op.inputs[0].values.length > 0 &&
    cpu.values[0]?.values.length !== 0
      ? await adjoint(op, cotangentsOf(cpu.values, key(id))[0] as Operand)
      : undefined;
  return { cpu, ...(ofMagnitudes && { ofMagnitudes }), ...(ofCotangents && { ofCotangents }), ...(gradient && { gradient }) };
}

/**
 * Runs cases on tfjs' cpu backend, then on the one called `wasm`, and compares.
 *
 * @param count of cases of each op, from `first` on
 */
export async function fuzz(
  ops: readonly string[],
  { seed, first = 0, count }: { seed: string; first?: number; count: number },
): Promise<Difference[]> {
  const ids = ops.flatMap((op) => Array.from({ length: count }, (_, i): CaseId => ({ op, seed, index: first + i })));
  await tf.setBackend('cpu');
  const references: Reference[] = [];
  for (const id of ids) references.push(await referenceOf(id));
  await tf.setBackend('wasm');
  const differences: Difference[] = [];
  const guards = guardsOf(tf.backend() as BackendWasm);
  for (const [i, id] of ids.entries()) {
    const op = caseOf(id);
    const wasm: Outcome = await outcomeOf(op, key(id), { guards }).catch((cause: unknown) => {
      throw new Error(`${key(id)} breaks the memory: ${textOf(op)}`, { cause });
    });
    const found = compare(op, wasm, references[i] as Reference);
    if (found) differences.push({ ...id, difference: found, text: textOf(op) });
  }
  return differences;
}
