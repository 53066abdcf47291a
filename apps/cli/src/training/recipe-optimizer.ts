import { type Module, parameterGroups } from '@resnetjs/core';
import {
  adamw,
  byEpoch,
  chained,
  constantRate,
  cosine,
  highestAccuracy,
  type Loader,
  lars,
  multiStep,
  type Optimizer,
  oneCycle,
  plateau,
  polynomial,
  rmsprop,
  type Schedule,
  sgd,
  stepsIn,
  warmUp,
} from '@resnetjs/train';
import type { Recipe, RecipeChoices } from './recipe.ts';

/** The optimizer that a recipe asks for. */
export function optimizerOf(recipe: Recipe, model: Module): Optimizer {
  const { optimizer, momentum, nesterov, weightDecay, decayAll } = recipe;
  const decay = decayAll ? { weightDecay } : { weightDecay, groups: parameterGroups(model, { weightDecay }) };
  if (optimizer === 'adamw') return adamw(model, decay);
  if (optimizer === 'rmsprop') return rmsprop(model, { momentum, ...decay });
  if (optimizer === 'sgd') return sgd(model, { momentum, nesterov, ...decay });
  // Large-batch recipes leave norms and biases out of the adaptation as well as of the decay.
  const groups = parameterGroups(model, { weightDecay }).map((group) => ({ ...group, adapt: group.weightDecay > 0 || weightDecay === 0 }));
  return lars(model, { momentum, nesterov, weightDecay, ...(!decayAll && { groups }) });
}

/** Whether a step's learning rate is the same however many are to come, so that a training can be made longer while it goes on. */
export const isOpenEnded = ({ schedule, milestones }: RecipeChoices): boolean =>
  schedule === 'constant' || (schedule === 'step' && milestones !== undefined);

/** Optimizer steps of a whole training. @param train the images that are gone through */
export const stepsOf = (
  { epochs, accumulate, maxSteps = Number.POSITIVE_INFINITY }: Recipe,
  train: Pick<Loader, 'batchesPerEpoch' | 'batchesIn'>,
): number => Math.min(maxSteps, stepsIn(train, { epochs, accumulate }));

/** The learning rate of each step. @param train the images that are gone through */
export function scheduleOf(recipe: Recipe, train: Pick<Loader, 'batchesPerEpoch' | 'batchesIn'>): Schedule {
  const { lr, accumulate, warmUp: warmEpochs } = recipe;
  const steps = Math.max(2, stepsOf(recipe, train));
  const stepsPerEpoch = stepsIn(train, { epochs: 1, accumulate });
  const schedule = shapeOf(recipe, { lr, steps, stepsPerEpoch });
  return warmEpochs > 0 ? chained(schedule, warmUp({ steps: warmEpochs * stepsPerEpoch, from: 0.01 })) : schedule;
}

/** @param stepsPerEpoch of the first epoch */
function shapeOf(recipe: Recipe, { lr, steps, stepsPerEpoch }: { lr: number; steps: number; stepsPerEpoch: number }): Schedule {
  const { epochs, peakAt, anneal, div, finalDiv, milestones = [epochs / 2, (epochs * 3) / 4] } = recipe;
  switch (recipe.schedule) {
    case 'one-cycle':
      return oneCycle(lr, { steps, peakAt, anneal, div, finalDiv });
    case 'cosine':
      return cosine(lr, { steps });
    case 'linear':
      return polynomial(lr, { steps });
    case 'step':
      return multiStep(lr, { milestones: milestones.map((epoch) => Math.round(epoch * stepsPerEpoch)) });
    case 'plateau':
      return byEpoch(plateau(lr, { metric: highestAccuracy, patience: Math.max(1, Math.round(epochs / 10)) }), stepsPerEpoch);
    case 'constant':
      return constantRate(lr);
  }
}
