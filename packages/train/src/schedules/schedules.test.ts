import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type EpochSummary, highestAccuracy, lowestLoss } from '../fit/history.ts';
import { cosine, multiStep, polynomial, stepDecay, warmUp } from './decay.ts';
import { oneCycle, oneCycleMomentum } from './one-cycle.ts';
import { type PlateauOptions, plateau } from './plateau.ts';
import { byEpoch, chained, constantRate, type Schedule, sequenced } from './schedule.ts';

interface Case {
  readonly schedule: keyof typeof schedules;
  readonly options: never;
  readonly metrics?: number[];
  readonly rates: number[];
}

const { cases } = JSON.parse(readFileSync(new URL('../../golden/schedules.json', import.meta.url), 'utf8')) as { cases: Case[] };

const schedules = {
  stepDecay: (options: never) => stepDecay(0.1, options),
  multiStep: (options: never) => multiStep(0.1, options),
  cosine: (options: never) => cosine(0.1, options),
  polynomial: (options: never) => polynomial(0.1, options),
  warmUp,
  oneCycle: (options: never) => oneCycle(0.1, options),
  oneCycleMomentum,
  plateau: ({ higher, ...options }: PlateauOptions & { higher?: boolean }) =>
    plateau(0.1, { ...options, metric: higher ? highestAccuracy : lowestLoss }),
  sequenced: () => sequenced([constantRate(0.01), 4], [stepDecay(0.1, { every: 2, factor: 0.5 }), 0]),
  chained: () => chained(stepDecay(0.1, { every: 4, factor: 0.5 }), warmUp({ steps: 3, from: 0.25 })),
} satisfies Record<string, (options: never) => Schedule>;

const epoch = (value: number, i: number): EpochSummary => ({ epoch: i, step: i, learningRate: 0, train: { loss: value, accuracy: value } });

test.each(cases.map((c, i) => [`${i}: ${c.schedule} ${JSON.stringify(c.options)}`, c] as const))("%s gives PyTorch's rates", (_, c) => {
  const schedule = schedules[c.schedule](c.options) as Schedule;
  const history = (c.metrics ?? []).map(epoch);
  // Torch multiplies its way along; a closed form differs in the last digits of a double.
  for (const [step, rate] of c.rates.entries()) expect(schedule(step, history.slice(0, step)), `step ${step}`).toBeCloseTo(rate, 12);
});

describe('past its end', () => {
  test.each([
    ['cosine', cosine(1, { steps: 5, floor: 0.1 }), 0.1],
    ['polynomial', polynomial(1, { steps: 5 }), 0],
    ['oneCycle', oneCycle(1, { steps: 5, div: 10, finalDiv: 10 }), 0.01],
    ['warmUp', warmUp({ steps: 5 }), 1],
  ])('%s stays there', (_, schedule, end) => {
    for (const step of [5, 6, 1000]) expect(schedule(step, [])).toBeCloseTo(end, 12);
  });
});

test('counts epochs where asked to', () => {
  const schedule = byEpoch(stepDecay(1, { every: 1 }), 10);
  expect([0, 9, 10, 25].map((step) => schedule(step, []))).toEqual([1, 1, 0.1, expect.closeTo(0.01, 12)]);
});

test('a cycle that cannot be is refused', () => {
  expect(() => oneCycle(1, { steps: 1 })).toThrow("'steps' must be at least 2 but is 1");
  expect(() => oneCycle(1, { steps: 10, peakAt: 1 })).toThrow("'peakAt' must be a share of the steps above 0 and below 1 but is 1");
});
