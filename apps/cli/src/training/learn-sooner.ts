import type { Module } from '@resnetjs/core';
import { type Callback, dropBlocks, growDepth, survival } from '@resnetjs/train';
import type { ModelOptions } from '@resnetjs/zoo';
import type { Recipe } from './recipe.ts';

/** What makes a training begin with less work a step: few blocks, small images. Where a recipe is text, this reads it. */

interface Survival {
  readonly from: number;
  readonly to: number;
}

const PROBABILITY = /^(0(\.\d+)?|1(\.0+)?|\.\d+)$/;

/** `0.5`, or `0.2..1`. @throws RangeError for anything else. */
export function readSurvival(value: unknown): Survival {
  const ends = String(value).split('..');
  if (ends.length > 2 || !ends.every((end) => PROBABILITY.test(end)))
    throw new RangeError('Expected a probability from 0 to 1, such as 0.5, or two, such as 0.2..1.');
  const [from, to = from] = ends.map(Number) as [number, number?];
  return { from, to };
}

export interface SizeStage {
  readonly size: number;
  readonly batchSize?: number;
}

/** `128,176`, or `128:64,176:48` with batch sizes. @throws RangeError for anything else. */
export function readSizes(value: unknown): SizeStage[] {
  return String(value)
    .split(',')
    .map((stage) => {
      const [, size, batchSize] = /^(\d+)(?::(\d+))?$/.exec(stage.trim()) ?? [];
      if (Number(size) >= 8 && batchSize !== '0') return { size: Number(size), ...(batchSize && { batchSize: Number(batchSize) }) };
      throw new RangeError('Expected sizes in pixels from 8, such as 128,176, or with batch sizes: 128:64,176:48.');
    });
}

/** The stages of a training: the smaller sizes first and the full size last, for equally many epochs, the later ones longer. */
export function sizeStages({ progressive, size, batchSize, epochs }: Recipe): { size: number; batchSize: number; epochs: number }[] {
  const smaller = progressive === undefined ? [] : readSizes(progressive);
  const stages = [...smaller, { size }].slice(-epochs);
  const ends = stages.map((_, i) => Math.floor(((i + 1) * epochs) / stages.length));
  return stages.map((stage, i) => ({ batchSize, ...stage, epochs: (ends[i] as number) - (ends[i - 1] ?? 0) }));
}

/** How a new network is built so that its blocks can be dropped. */
export function depthOptions({
  survival: chances,
}: Pick<Recipe, 'survival'>): Pick<ModelOptions, 'stochasticDepth' | 'stochasticDepthUnit'> {
  if (chances === undefined) return {};
  const { from, to } = readSurvival(chances);
  return { stochasticDepth: 1 - Math.min(from, to), stochasticDepthUnit: 'batch' };
}

/** Sets which blocks are there, and how often, while a network trains for so many steps. */
export function depthCallbacks(model: Module, { survival: chances, grow }: Pick<Recipe, 'survival' | 'grow'>, steps: number): Callback[] {
  const probabilities = chances === undefined ? undefined : readSurvival(chances);
  return [
    ...(probabilities && Math.min(probabilities.from, probabilities.to) < 1
      ? [dropBlocks(model, survival({ ...probabilities, steps }))]
      : []),
    ...(grow ? [growDepth(model, { at: grow })] : []),
  ];
}
