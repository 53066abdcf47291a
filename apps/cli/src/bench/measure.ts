import { type BackendName, type Choice, useBackend } from '@resnetjs/backend-auto';
import { dispose, optimizeForInference, uniform } from '@resnetjs/core';
import { quantizedPredictor } from '@resnetjs/quantize';
import { sgd, trainStep } from '@resnetjs/train';
import { createModel, modelInfo } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import type { DescribedNetwork } from '../network/described-network.ts';

export interface MeasureOptions {
  readonly network: DescribedNetwork;
  readonly batch: number;
  readonly runs: number;
  readonly train?: boolean;
}

/** How long a network takes on a backend. */
export interface Timing {
  readonly backend: BackendName;
  /** What it is: `2 threads, SIMD`. */
  readonly description: string;
  /** Median of all runs, for the whole batch. */
  readonly milliseconds: number;
  /** The most that tensors held at a time in a training step, those of the model and the optimizer among them; absent for predictions. */
  readonly heldBytes?: number;
}

interface Contestant {
  readonly choice: Choice;
  /** Bytes of all tensors before the network was made. */
  readonly others: number;
  heldBytes?: number;
  /** Milliseconds of each run that counts. */
  readonly times: number[];
  /** Makes it tfjs' current backend, runs once and waits for the result. */
  run(): Promise<void>;
  /** Frees the network; the backend stays. */
  dispose(): void;
}

const WARM_UPS = 2;

/** Height and width of the images that a network is timed with: those of its plan, or what it was published for. */
export function sidesOf({ name, plan }: Pick<DescribedNetwork, 'name' | 'plan'>): readonly [number, number] {
  const { inputSize } = modelInfo(name);
  const [height = inputSize, width = inputSize] = plan?.values[plan.input]?.shape ?? [];
  return [height, width];
}

/**
 * Times a network on backends: all are started, then each runs once in turn, again and again.
 *
 * @throws BackendError if one does not start.
 */
export async function measure(names: readonly BackendName[], options: MeasureOptions): Promise<Timing[]> {
  const contestants: Contestant[] = [];
  try {
    for (const name of names) {
      const contestant = await prepare(name, options);
      contestants.push(contestant);
      if (options.train) contestant.heldBytes = await heldBy(contestant);
    }
    for (let i = -WARM_UPS; i < options.runs; i++)
      for (const { run, times } of contestants) {
        const start = performance.now();
        await run();
        if (i >= 0) times.push(performance.now() - start);
      }
    return contestants.map(({ choice, times, heldBytes }) => ({
      backend: choice.chosen,
      description: choice.description,
      milliseconds: median(times),
      ...(heldBytes !== undefined && { heldBytes }),
    }));
  } finally {
    for (const contestant of contestants) contestant.dispose();
  }
}

/** The most bytes of tensors at a time in a second step: the first makes what the optimizer keeps. */
async function heldBy({ run, others }: Contestant): Promise<number> {
  await run();
  const { peakBytes } = await tf.profile(run as () => Promise<never>); // typed for a result, which it has no use for
  return peakBytes - others;
}

async function prepare(name: BackendName, { network, batch, train }: MeasureOptions): Promise<Contestant> {
  const choice = await useBackend(name);
  const registered = tf.getBackend();
  const others = tf.memory().numBytes;
  const { channels = 3 } = network.options;
  const [height, width] = sidesOf(network);
  const shape: [number, number, number, number] = [batch, height, width, channels];
  const model = createModel(network.name, { ...network.options, seed: 1 });
  const next = uniform(1);
  const images = Float32Array.from({ length: batch * height * width * channels }, () => next() * 2 - 1);
  const run = train ? trainer() : predictor();
  return {
    choice,
    others,
    times: [],
    async run() {
      await tf.setBackend(registered);
      await run.once();
    },
    dispose() {
      run.dispose();
      dispose(model);
    },
  };

  function predictor() {
    const predict = network.plan ? quantizedPredictor(network.plan, network.title) : optimizeForInference(model, shape);
    return {
      async once() {
        const logits = tf.tidy(() => predict.forward(tf.tensor4d(images, shape), 'eval'));
        await logits.data();
        logits.dispose();
      },
      dispose: () => predict.dispose(),
    };
  }

  function trainer() {
    const optimizer = sgd(model, { momentum: 0.9 });
    const labels = Int32Array.from({ length: batch }, () => 0);
    let seed = 0;
    return {
      async once() {
        await trainStep(model, { images, shape, labels, indices: labels }, { optimizer, learningRate: 1e-3, seed: seed++ });
      },
      dispose: () => optimizer.dispose(),
    };
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
