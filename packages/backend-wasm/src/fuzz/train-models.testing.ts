import * as tf from '@tensorflow/tfjs';
import { MODELS, type ModelCase } from './models.testing.ts';
import { Random } from './random.testing.ts';

const STEPS = 3;
const EXAMPLES = 4;
/** Of losses that take logarithms, or labels that are a distribution. */
const OF_PROBABILITIES = /ross|poisson|ivergence|Logarithmic/;

/** What three steps of training made of a model; or what was thrown. */
interface Trained {
  readonly losses: readonly number[];
  readonly weights: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly error?: string;
}

export interface ModelDifference {
  readonly model: string;
  readonly difference: string;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

function labelsFor(random: Random, loss: string): number[][] {
  return Array.from({ length: EXAMPLES }, () => {
    const row = Array.from({ length: 3 }, () => (OF_PROBABILITIES.test(loss) ? 0.1 + random.next() : 2 * random.next() - 1));
    const sum = row.reduce((a, b) => a + b, 0);
    return OF_PROBABILITIES.test(loss) ? row.map((v) => v / sum) : row;
  });
}

async function train(
  { name, inputShape, vocabulary, loss = 'meanSquaredError', optimizer, build }: ModelCase,
  seed: string,
): Promise<Trained> {
  const random = new Random(`${seed} ${name}`);
  let layer = 0;
  const first = random.int(1, 1000);
  const size = EXAMPLES * sizeOf(inputShape);
  const examples = Array.from({ length: size }, () => (vocabulary ? random.int(0, vocabulary - 1) : 2 * random.next() - 1));
  const labels = labelsFor(random, loss);
  tf.engine().startScope('model');
  try {
    const input = tf.input({ shape: [...inputShape] });
    const result = build(input, () => first + layer++);
    const outputs = OF_PROBABILITIES.test(loss)
      ? (tf.layers.activation({ activation: 'softmax' }).apply(result) as tf.SymbolicTensor)
      : result;
    const model = tf.model({ inputs: input, outputs });
    model.compile({ optimizer: optimizer?.() ?? tf.train.sgd(0.02), loss });
    const x = tf.tensor(examples, [EXAMPLES, ...inputShape]);
    const y = tf.tensor2d(labels);
    const losses: number[] = [];
    for (let step = 0; step < STEPS; step++) losses.push((await model.trainOnBatch(x, y)) as number);
    const weights = model.weights.map((weight) => ({ name: weight.originalName, values: Array.from(weight.read().dataSync()) }));
    model.dispose();
    return { losses, weights };
  } catch (error) {
    return { losses: [], weights: [], error: error instanceof Error ? error.message : String(error) };
  } finally {
    tf.engine().endScope();
    tf.disposeVariables();
  }
}

/** A step moves weights by a tenth of their size; it is computed to some ten roundings, which three steps add up. */
const TOLERANCE = 5e-6;

function compare(wasm: Trained, cpu: Trained): string | undefined {
  if (wasm.error !== undefined || cpu.error !== undefined)
    return wasm.error !== undefined && cpu.error !== undefined ? `throws on both: ${wasm.error}` : `wasm: ${wasm.error}; cpu: ${cpu.error}`;
  const all = [{ name: 'the losses', values: cpu.losses }, ...cpu.weights];
  const others = [{ name: 'the losses', values: wasm.losses }, ...wasm.weights];
  for (const [i, { name, values }] of all.entries()) {
    const largest = Math.max(1, ...values.map(Math.abs));
    const found = others[i]?.values ?? [];
    const at = values.findIndex((v, k) => !(Math.abs(v - (found[k] as number)) <= TOLERANCE * largest) && !Object.is(v, found[k]));
    if (at >= 0) return `${name}: ${found[at]} instead of ${values[at]} at ${at}`;
  }
  return undefined;
}

/** Trains models on tfjs' cpu backend and on the one called `wasm`. */
export async function compareModels(seed: string, models: readonly ModelCase[] = MODELS): Promise<ModelDifference[]> {
  await tf.setBackend('cpu');
  const references: Trained[] = [];
  for (const model of models) references.push(await train(model, seed));
  await tf.setBackend('wasm');
  const differences: ModelDifference[] = [];
  for (const [i, model] of models.entries()) {
    const difference = compare(await train(model, seed), references[i] as Trained);
    if (difference) differences.push({ model: model.name, difference });
  }
  return differences;
}
