import type { ConformanceCase } from '../conformance-case.ts';
import { blocks } from './blocks.ts';
import { dtypes } from './dtypes.ts';
import { edgeValues } from './edge-values.ts';
import { explanations } from './explanations.ts';
import { memory } from './memory.ts';
import { networks } from './networks.ts';
import { operations } from './operations.ts';
import { predictorDoor } from './predictor-door.ts';
import { training } from './training.ts';

/** The whole suite. */
export const cases: readonly ConformanceCase[] = [
  ...operations,
  ...blocks,
  ...networks,
  ...training,
  ...explanations,
  ...memory,
  ...edgeValues,
  ...dtypes,
  ...predictorDoor,
];
