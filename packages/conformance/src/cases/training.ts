import { dispose, stateDict } from '@resnetjs/core';
import { norm } from '@resnetjs/testing/closeness';
import { adamw, sgd, trainStep } from '@resnetjs/train';
import type { ConformanceCase } from '../conformance-case.ts';
import { expectClose } from '../expect.ts';
import { slowInSoftware } from '../skip-reasons.ts';
import { type TrainingReference, tinyBatch, tinyNet, trainingReferences } from './tiny-nets.ts';

// PyTorch's own float32 is this many times nearer to its float64 than another order of summation may be.
const FACTOR = 20;
const FLOOR = 2e-6;

async function trainTenSteps(given: TrainingReference) {
  const { optimizer: kind, learningRate, ...rest } = given.options;
  const model = tinyNet(given);
  const optimizer = kind === 'sgd' ? sgd(model, rest) : adamw(model, { weightDecay: rest.weightDecay });
  const batch = tinyBatch(given);
  const losses: number[] = [];
  for (let step = 0; step < 10; step++) losses.push((await trainStep(model, batch, { optimizer, learningRate, seed: step })).loss);
  const dict = await stateDict(model);
  optimizer.dispose();
  dispose(model);
  return { losses, dict };
}

/** Ten optimizer steps, against PyTorch's in float64: losses, and the norm of every parameter and running statistic. */
export const training: readonly ConformanceCase[] = trainingReferences.map((given) => ({
  name: `ten steps of ${given.options.optimizer} on the ${given.name} network: PyTorch's losses and parameters`,
  ...(given.options.optimizer === 'adamw' && { skip: slowInSoftware }),
  run: async () => {
    const { losses, dict } = await trainTenSteps(given);
    expectClose('losses', losses, given.losses, Math.max(FLOOR, FACTOR * given.f32LossError));
    for (const [name, expected] of Object.entries(given.norms))
      expectClose(`norm of ${name}`, [norm(dict.get(name)?.data ?? [])], [expected], Math.max(FLOOR, FACTOR * given.f32NormError));
  },
}));
