import * as tf from '@tensorflow/tfjs';
import { useWasm } from '../index.ts';
import { caseOf, type Difference, fuzz, textOf } from './fuzz.testing.ts';
import { MODELS } from './models.testing.ts';
import { OPS } from './op-table.testing.ts';
import { compareModels } from './train-models.testing.ts';

export interface FuzzOptions {
  readonly minutes: number;
  readonly seed: string;
  /** Ops; all of them and the models by default. */
  readonly ops?: readonly string[];
  /** One case of each alone, which is printed. */
  readonly index?: number;
}

const CASES_AT_ONCE = 5;
const OPS_AT_ONCE = 20;

const print = ({ op, seed, index, difference, text }: Difference) =>
  console.log(`${op}: ${difference}\n  --seed ${seed} --ops ${op} --index ${index}\n${text}\n`);

/** Fuzzes until the time is over, or one case; prints each difference so that it can be replayed. @returns how many there were */
export async function main({ minutes, seed, ops, index }: FuzzOptions): Promise<number> {
  const info = await useWasm();
  const names = ops ?? Object.keys(OPS);
  const until = Date.now() + minutes * 60_000;
  const count = index === undefined ? CASES_AT_ONCE : 1;
  let [differences, cases, models] = [0, 0, 0];
  for (let first = index ?? 0; first === (index ?? 0) || (index === undefined && Date.now() < until); first += count) {
    for (let from = 0; from < names.length; from += OPS_AT_ONCE) {
      const some = names.slice(from, from + OPS_AT_ONCE);
      const found = await fuzz(some, { seed, first, count });
      for (const difference of found) print(difference);
      differences += found.length;
      cases += some.length * count;
    }
    if (ops) continue;
    const found = await compareModels(`${seed} ${first}`);
    for (const { model, difference } of found) console.log(`model ${model}, --seed ${seed}, round ${first}: ${difference}\n`);
    differences += found.length;
    models += MODELS.length;
  }
  if (index !== undefined) for (const op of names) console.log(textOf(caseOf({ op, seed, index })));
  console.log(
    `${cases} cases of ${names.length} ops, ${models} models, ${differences} differences, ${tf.memory().numTensors} tensors left.`,
  );
  info.dispose();
  return differences;
}
